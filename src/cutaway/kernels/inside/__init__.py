"""Programs that run in the environments of a plan, outside of this process: each file stands alone.

They are copied into a local server's folder and into images, and use nothing of cutaway's.
"""
