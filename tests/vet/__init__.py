"""Tests of vetting and pushing."""
