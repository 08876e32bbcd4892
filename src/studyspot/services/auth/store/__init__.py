"""All SQL of the auth room, grouped as its service is and gathered here."""

from studyspot.services.auth.store.accounts import (
    MembershipRow as MembershipRow,
    Secret as Secret,
    erase_account as erase_account,
    find_account as find_account,
    find_account_by as find_account_by,
    find_accounts as find_accounts,
    find_memberships as find_memberships,
    find_secret as find_secret,
    find_secret_of as find_secret_of,
    find_tenant_name as find_tenant_name,
    forget_in_trail as forget_in_trail,
    has_proved as has_proved,
    insert_account as insert_account,
    leave_only as leave_only,
    list_addresses as list_addresses,
    mark_login as mark_login,
    mark_verified as mark_verified,
    set_password_hash as set_password_hash,
    update_account as update_account,
)
from studyspot.services.auth.store.codes import (
    CodeRow as CodeRow,
    count_wrong_try as count_wrong_try,
    lock_code as lock_code,
    purge as purge,
    replace_code as replace_code,
    use_code as use_code,
)
from studyspot.services.auth.store.keys import (
    SigningKeyRow as SigningKeyRow,
    find_signing_keys as find_signing_keys,
    insert_signing_key as insert_signing_key,
    lock_signing_keys as lock_signing_keys,
)
from studyspot.services.auth.store.sessions import (
    RefreshRow as RefreshRow,
    SessionRow as SessionRow,
    block_identifier as block_identifier,
    count_failure as count_failure,
    end_session as end_session,
    end_sessions_of as end_sessions_of,
    find_failures as find_failures,
    find_live_sessions as find_live_sessions,
    find_sessions_ended_since as find_sessions_ended_since,
    forget_failures as forget_failures,
    insert_refresh_token as insert_refresh_token,
    insert_session as insert_session,
    lock_refresh_token as lock_refresh_token,
    mark_refresh_token_used as mark_refresh_token_used,
)
