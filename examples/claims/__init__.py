"""What is said of ReLU, and the experiment for each: one file a claim.

A file whose name does not begin with ``_`` holds one claim, as ``CLAIM``, and what measures it.
The other files hold what the claims share.
"""
