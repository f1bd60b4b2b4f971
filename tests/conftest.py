"""What holds for all tests."""

import signal

# Started in the background of a shell, we and all that we start would ignore Ctrl-C:
# the programs whose interruption is tested would never be interrupted.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
