"""A Linear on loopback: its hosted MCP server with issues, comments, states and teams, all kept in memory.

Names, arguments and answers of the tools are those of https://mcp.linear.app/mcp as its clients have written them down (July
2026); Linear documents the server at https://linear.app/docs/mcp and names no schemas there.
"""
