"""The one way out of a sandbox that has a network of its own: what may be reached through it, and the proxy that holds it.

Outside, a process of Harvest's own for each sandbox (`python -m sandbox.egress FOLDER ID`) answers on a unix socket and looks
at every connection; it needs nothing secret and outlives the service, as the agent does. Inside, `forwarder.py` listens on the
sandbox's loopback and hands each connection to that socket. Nothing here knows which backend made the sandbox.

    FOLDER/rules.json      what may be reached (`rules.Rules`); read again for every connection
    FOLDER/socket/proxy    the socket: this folder alone is shown to the sandbox, read-only
    FOLDER/lock            held as long as the proxy lives
    FOLDER/proxy.log       what went wrong in the proxy itself
"""
