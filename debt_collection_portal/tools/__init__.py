from .access_log import TokenFilter, hide_tokens
from .token import hash_token, make_token
