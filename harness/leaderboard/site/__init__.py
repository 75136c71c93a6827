"""The pages: static files that open from a disk, ask no server for anything and hold no code.

Text from results and data reaches a page through Jinja's escaping, through JSON that is parsed, or
as `textContent`. A content security policy on every page forbids scripts from anywhere but the
site's own files, and all connections.
"""
