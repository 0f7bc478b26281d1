"""Who may use a store's pages: users with passwords and roles, their sessions, and links shared with outsiders.

Nothing here knows the web. Of every secret only a digest is stored. What lasts (users, links) is written to the
audit trail; what passes (sessions, failed log-ins) is not.
"""

from geo.accounts.accounts import Accounts, Limits
from geo.accounts.shares import Share
from geo.accounts.users import ROLES, Role, User
from geo.accounts.vouched import Vouched

__all__ = ["ROLES", "Accounts", "Limits", "Role", "Share", "User", "Vouched"]
