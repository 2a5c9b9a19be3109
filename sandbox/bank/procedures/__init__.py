"""What a member starts that changes who they are to the bank: enrolment, recovery, credentials, devices.

One table and one life for all of them: `pending_confirmation` until the code, then `completed`, or `verified` where
something is still to be given; `cancelled`, `expired` or `locked` when the code never came.
"""
