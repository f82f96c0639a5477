"""The lab: studies in the browser, served by this machine to itself.

from cutaway.lab import server
server.serve(server.bound("127.0.0.1", 0))
"""
