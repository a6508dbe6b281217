"""Offices' accounts on a server, through fsspec: the folders that a remote inbox is read from and answered into."""
