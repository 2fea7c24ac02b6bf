"""The configuration of the Dovecot that tests use; filled in by ``tests/servers/dovecot.py``."""

__all__ = [
    "CERTIFICATES_ACCEPTED",
    "DIRECTORY",
    "DIRECTORY_ACCEPTED",
    "SETTINGS",
    "TOKENS",
    "TOKENS_ACCEPTED",
]

# Everything runs as one unprivileged user, hence the users and the empty chroots. Failed logins are
# answered at once (auth_failure_delay, no penalty from anvil), or each refused password costs seconds.
SETTINGS = """
protocols = imap lmtp sieve submission
listen = 127.0.0.1, ::1
base_dir = {place}/run
state_dir = {place}/state
log_path = /dev/stderr
auth_verbose = yes
auth_failure_delay = 0
default_internal_user = {who}
default_internal_group = {group}
default_login_user = {who}
first_valid_uid = {first_uid}
first_valid_gid = 1
last_valid_uid = 0
hostname = localhost
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
auth_mechanisms = plain login
mail_fsync = never
imap_capability = {capabilities}
passdb {{
  driver = passwd-file
  args = {accounts}/%u
}}
userdb {{
  driver = passwd-file
  args = {accounts}/%u
}}
mail_location = maildir:~/Maildir
mail_attribute_dict = file:%h/dovecot-attributes
mailbox_list_index = yes
mail_plugins = acl quota notify zlib
namespace inbox {{
  inbox = yes
  type = private
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Drafts {{
    special_use = \\Drafts
    auto = subscribe
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = subscribe
  }}
  mailbox Archives {{
    special_use = \\Archive
    auto = subscribe
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = subscribe
  }}
}}
namespace shared {{
  type = shared
  separator = /
  prefix = Partages/%%u/
  location = maildir:%%h/Maildir:INDEXPVT=~/shared/%%u
  subscriptions = no
  list = children
}}
plugin {{
  acl = vfile
  acl_shared_dict = file:{folder}/mail/shared-mailboxes.db
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_extensions = +editheader +mboxmetadata +servermetadata
  sieve_notify_mailto_envelope_from = recipient
}}
imap_metadata = yes
protocol imap {{
  mail_plugins = $mail_plugins imap_acl imap_quota imap_zlib
  mail_max_userip_connections = 100
}}
protocol lmtp {{
  mail_plugins = $mail_plugins sieve
  postmaster_address = postmaster@{domain}
}}
submission_host = 127.0.0.1:{relay_port}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay_port}
submission_relay_trusted = yes
submission_max_mail_size = 15728640
submission_backend_capabilities = 8BITMIME DSN
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {server.port_starttls}
  }}
  inet_listener imaps {{
    port = {server.port_tls}
    ssl = yes
  }}
}}
service managesieve-login {{
  chroot =
  inet_listener sieve {{
    port = {server.sieve_port}
  }}
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {server.submission_starttls}
  }}
  inet_listener submissions {{
    port = {server.submission_tls}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {server.lmtp}
  }}
  user = {who}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  user = {who}
}}
service auth-worker {{
  user = {who}
}}
"""

TOKENS = """introspection_mode = post
introspection_url = {url}
force_introspection = yes
username_attribute = email
active_attribute = active
active_value = true
tls_ca_cert_file = {ca}
"""

TOKENS_ACCEPTED = """
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {settings}
}}
"""

DIRECTORY = """uris = {uri}
ldap_version = 3
tls_ca_cert_file = {ca}
tls_require_cert = demand
auth_bind = yes
auth_bind_userdn = {name}
base = {name}
"""

DIRECTORY_ACCEPTED = """
passdb {{
  driver = ldap
  args = {settings}
}}
"""

CERTIFICATES_ACCEPTED = """
auth_mechanisms = plain login external
ssl_ca = <{ca}
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_username_from_cert = yes
ssl_cert_username_field = commonName
passdb {{
  driver = passwd-file
  mechanisms = external
  args = {holders}/%u
}}
"""
