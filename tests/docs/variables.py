"""The environment variables that the tool reads: a test looks for each in the code, and for others there."""

from __future__ import annotations

VARIABLES = {
    "DX_SECURITY_CONTEXT": "the login, as `dx` has it in the environment; wins over dx's own files",
    "DX_APISERVER_PROTOCOL": "`http` or `https`: of the platform",
    "DX_APISERVER_HOST": "the platform's host",
    "DX_APISERVER_PORT": "the platform's port",
    "DX_USER_CONF_DIR": "the folder of dx's own login files. Default: `~/.dnanexus_config`",
    "DX_CA_CERT": "a file of certificates to trust, as `dx` reads it",
    "HTTPS_PROXY": "the proxy to the platform; `HTTP_PROXY` for an `http` one. Never used to this machine",
    "NO_PROXY": "hosts that are reached without it",
    "RECONCILER_SANDBOX": "URL of an embedded platform that runs already; else a command starts one itself",
    "RECONCILER_SETTLE_SECONDS": "how long `apply` looks for what an unanswered call has made. Default: 300",
    "RECONCILER_LEASE_SECONDS": "how long a lock holds that is not renewed. Default: 60",
    "RECONCILER_READ_RETRY_SECONDS": "how long reading is tried again where the platform does not answer",
    "RECONCILER_DEBUG": "`1`: an error that ends a command comes with where in the code it arose",
    "RECONCILER_NOTIFY": "URLs for `drift --notify`, with spaces between: where one is itself a secret",
    "RECONCILER_NOTIFY_KEY": "the key that signs notifications; two with a space between while it changes",
    "RECONCILER_NOTIFY_SECONDS": "how long a notification is tried again. Default: 30",
    "NO_COLOR": "no colour, as with `--no-color`; so does `TERM=dumb`",
    "CI": "set by CI systems: `apply` then wants a shared ledger, or `--local-ledger`",
    "GITHUB_EVENT_NAME": "set by GitHub: `apply` refuses to run on a pull request",
    "CI_MERGE_REQUEST_IID": "the same, by GitLab",
    "BITBUCKET_PR_ID": "the same, by Bitbucket",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "the same, by Azure Pipelines",
    "CHANGE_ID": "the same, by Jenkins",
    "PGPASSWORD": "the password of a shared ledger; `~/.pgpass` works too",
}
