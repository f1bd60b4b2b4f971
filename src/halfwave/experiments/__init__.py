"""Many runs of one script: as it is, and with remedies; here, or on a cluster.

A `Job` is one run, as plain data; an executor has it run somewhere and brings
back what it measured; a `Store` keeps that as it comes in; statistics and words
are made of the store alone.
"""
