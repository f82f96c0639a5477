"""The one page of the lab; everything in it is drawn by the bundle."""

from __future__ import annotations

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>cutaway lab</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/bundle/lab.css">
<script type="module" src="/bundle/lab.js"></script>
</head>
<body>
<div id="lab"></div>
<noscript>The lab draws its pictures with JavaScript; allow it for this address.</noscript>
</body>
</html>
"""

LOCKED = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>cutaway lab</title></head>
<body><p>This lab asks for its token: open the address that <code>cutaway lab</code> printed.</p></body>
</html>
"""
