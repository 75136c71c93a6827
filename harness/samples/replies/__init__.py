"""Which option a generated reply names: rules in the order in which a reply goes through them.

`channels` keeps what is said to the user: no reasoning, no further turn. `lexing` turns it into
sentences of marks, each a word with a role (`vocabulary`) or a mention of an option. `claims` finds
what each sentence says of the options it mentions, and `reading` decides.
"""

from harness.samples.replies.channels import stops_in_reasoning
from harness.samples.replies.reading import VERSION, read_reply

__all__ = ["VERSION", "read_reply", "stops_in_reasoning"]
