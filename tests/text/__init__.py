"""Tests of text that crosses the border."""
