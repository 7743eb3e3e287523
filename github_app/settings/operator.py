"""What an operator sets: read once (`environment.py`), checked once, never changed afterwards.

Every name here is documented in docs/settings.md; a test holds the two against each other.
"""

from __future__ import annotations

import shutil
import sys
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from github_app.settings.allow_list import ANYTHING_ELSE, EgressKind
from github_app.settings.operator_values import (
    BUCKET,
    AddableEntries,
    AllowEntries,
    AppId,
    BucketUrl,
    Names,
    Secrets,
    SecretValue,
    Url,
    Word,
)
from github_app.settings.tool_servers import DEFAULT_FILE, ServersUnusable, ToolServer, read_tool_servers
from sandbox.browser import PROGRAM
from sandbox.registries import ECOSYSTEMS
from sandbox.secret import Secret
from state.bucket import Bucket
from state.operator_problem import OperatorProblem

# In the folder that Harvest is started in.
ENV_FILE = Path(".env")

# A repository at work changes several times an hour; asking takes one request.
MODAL_IMAGE_SECONDS = 30 * 60


class SettingsError(OperatorProblem):
    """Settings that can't be used; the message has one line for each, naming the variable and what to do."""


class Settings(BaseSettings):
    """The settings as typed values. Field aliases are the environment variables' names."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        env_ignore_empty=True,
        extra="ignore",
        arbitrary_types_allowed=True,
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    # The GitHub App
    app_id: AppId | None = Field(None, alias="GITHUB_APP_ID")
    private_key: SecretValue | None = Field(None, alias="GITHUB_PRIVATE_KEY", repr=False)
    private_key_path: Path | None = Field(None, alias="GITHUB_PRIVATE_KEY_PATH")
    webhook_secrets: Secrets = Field((), alias="GITHUB_WEBHOOK_SECRET", repr=False)
    github_api_url: Url = Field("https://api.github.com", alias="GITHUB_API_URL")
    github_server_url: Url = Field("https://github.com", alias="GITHUB_SERVER_URL")

    github_pace: float = Field(1.0, alias="HARVEST_GITHUB_PACE", gt=0)

    # The model
    anthropic_api_key: SecretValue | None = Field(None, alias="ANTHROPIC_API_KEY", repr=False)
    anthropic_base_url: Url = Field("https://api.anthropic.com", alias="ANTHROPIC_BASE_URL")
    claude_code_oauth_token: SecretValue | None = Field(None, alias="CLAUDE_CODE_OAUTH_TOKEN", repr=False)
    model: str = Field("sonnet", alias="HARVEST_MODEL")
    models: Names = Field(("claude-*",), alias="HARVEST_MODELS")
    model_access: Literal["gateway", "direct"] = Field("gateway", alias="HARVEST_MODEL_ACCESS")
    budget_usd: float = Field(5.0, alias="HARVEST_BUDGET_USD", gt=0)
    budget_session_usd: float | None = Field(None, alias="HARVEST_BUDGET_SESSION_USD", gt=0)
    budget_repository_usd: float | None = Field(None, alias="HARVEST_BUDGET_REPOSITORY_USD", gt=0)
    budget_person_usd: float | None = Field(None, alias="HARVEST_BUDGET_PERSON_USD", gt=0)
    budget_day_usd: float | None = Field(None, alias="HARVEST_BUDGET_DAY_USD", gt=0)
    gemini_api_key: SecretValue | None = Field(None, alias="GEMINI_API_KEY", repr=False)
    gemini_base_url: Url = Field("https://generativelanguage.googleapis.com", alias="GOOGLE_GEMINI_BASE_URL")
    review_model: str = Field("gemini-3.1-pro-preview", alias="HARVEST_REVIEW_MODEL", min_length=1)

    # Where the agent works
    sandbox: Literal["modal", "local"] = Field("modal", alias="HARVEST_SANDBOX")
    modal_token_id: str | None = Field(None, alias="MODAL_TOKEN_ID")
    modal_token_secret: SecretValue | None = Field(None, alias="MODAL_TOKEN_SECRET", repr=False)
    modal_model_secret: str | None = Field(None, alias="HARVEST_MODAL_MODEL_SECRET")
    modal_server_url: Url | None = Field(None, alias="MODAL_SERVER_URL")
    local_unisolated: bool = Field(False, alias="HARVEST_LOCAL_UNISOLATED")
    claude_path: Path | None = Field(None, alias="HARVEST_CLAUDE_PATH")
    egress: EgressKind | None = Field(None, alias="HARVEST_EGRESS")
    egress_allow: AllowEntries = Field(ECOSYSTEMS, alias="HARVEST_EGRESS_ALLOW")
    egress_repositories: AddableEntries = Field((ANYTHING_ELSE,), alias="HARVEST_EGRESS_REPOSITORIES")
    job_minutes: float = Field(60.0, alias="HARVEST_JOB_MINUTES", gt=0, le=23 * 60)
    silence_minutes: float = Field(15.0, alias="HARVEST_SILENCE_MINUTES", gt=0)
    save_seconds: float = Field(20.0, alias="HARVEST_SAVE_SECONDS", gt=0)
    max_turns: int = Field(200, alias="HARVEST_MAX_TURNS", gt=0)
    jobs_per_installation: int = Field(5, alias="HARVEST_JOBS_PER_INSTALLATION", gt=0)
    jobs_total: int = Field(20, alias="HARVEST_JOBS_TOTAL", gt=0)
    image_minutes: float | None = Field(None, alias="HARVEST_IMAGE_MINUTES", ge=0)
    warm_sandboxes: int = Field(0, alias="HARVEST_WARM_SANDBOXES", ge=0, le=20)
    standbys: int | None = Field(None, alias="HARVEST_STANDBYS", ge=0, le=20)

    # The agent's tools
    browser: bool = Field(True, alias="HARVEST_BROWSER")
    mcp: Path | None = Field(None, alias="HARVEST_MCP")
    mcp_toml: str | None = Field(None, alias="HARVEST_MCP_TOML")
    # A request that is silent for half an hour is given up on its way (sandbox/egress/proxy.py).
    test_minutes: float = Field(10.0, alias="HARVEST_TEST_MINUTES", gt=0, le=25)

    # Watching pull requests
    watch: bool = Field(True, alias="HARVEST_WATCH")
    watch_budget_usd: float = Field(10.0, alias="HARVEST_WATCH_BUDGET_USD", gt=0)
    watch_tries: int = Field(3, alias="HARVEST_WATCH_TRIES", gt=0, le=10)
    watch_settle_seconds: float = Field(60.0, alias="HARVEST_WATCH_SETTLE_SECONDS", ge=0, le=3600)

    # Questions to people
    answer_hours: float = Field(72.0, alias="HARVEST_ANSWER_HOURS", gt=0, le=30 * 24)

    # State and service
    state_dir: Path = Field(Path("var"), alias="HARVEST_STATE_DIR")
    keep_deliveries_days: float = Field(14.0, alias="HARVEST_KEEP_DELIVERIES_DAYS", ge=4)
    keep_steps_days: float = Field(14.0, alias="HARVEST_KEEP_STEPS_DAYS", ge=1)
    keep_logs_days: float = Field(90.0, alias="HARVEST_KEEP_LOGS_DAYS", ge=1)
    keep_snapshots_days: float = Field(30.0, alias="HARVEST_KEEP_SNAPSHOTS_DAYS", ge=1)
    keep_closed_days: float = Field(7.0, alias="HARVEST_KEEP_CLOSED_DAYS", ge=0)
    database_url: SecretValue | None = Field(None, alias="HARVEST_DATABASE_URL", repr=False)
    artifacts: BucketUrl | None = Field(None, alias="HARVEST_ARTIFACTS")
    aws_endpoint_url: Url | None = Field(None, alias="AWS_ENDPOINT_URL")
    aws_region: str | None = Field(None, alias="AWS_REGION")
    aws_access_key_id: str | None = Field(None, alias="AWS_ACCESS_KEY_ID")
    aws_secret_access_key: SecretValue | None = Field(None, alias="AWS_SECRET_ACCESS_KEY", repr=False)
    aws_session_token: SecretValue | None = Field(None, alias="AWS_SESSION_TOKEN", repr=False)
    host: str = Field("127.0.0.1", alias="HARVEST_HOST")
    port: int = Field(8000, alias="HARVEST_PORT", ge=0, le=65535)
    public_url: Url | None = Field(None, alias="HARVEST_PUBLIC_URL")
    log_format: Literal["console", "json"] | None = Field(None, alias="HARVEST_LOG_FORMAT")

    # What people type
    label: str = Field("harvest", alias="HARVEST_LABEL", min_length=1)
    command: Word = Field("/harvest", alias="HARVEST_COMMAND")
    allowed_bots: Names = Field((), alias="HARVEST_ALLOWED_BOTS")
    draft: bool = Field(True, alias="HARVEST_DRAFT")

    def app_private_key(self) -> Secret:
        """The App's private key in PEM form, from the variable or the file; SettingsError says what is wrong with it."""
        if self.private_key is not None:
            # A PEM squeezed into one line of an .env file carries its line ends as the two characters \n.
            return checked_key("GITHUB_PRIVATE_KEY", self.private_key.reveal().replace("\\n", "\n"))
        if self.private_key_path is None:
            raise SettingsError(
                "GITHUB_PRIVATE_KEY_PATH is not set: give the path of the .pem file that GitHub let you download"
            )
        try:
            text = self.private_key_path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"GITHUB_PRIVATE_KEY_PATH: {self.private_key_path} can't be read ({error.__class__.__name__}): "
                "give a readable .pem file"
            ) from error
        return checked_key("GITHUB_PRIVATE_KEY_PATH", text)

    @property
    def image_seconds(self) -> float:
        """How often repositories are asked whether their image is out of date; 0 for never. Nobody's own machine is kept busy
        without being asked."""
        if self.image_minutes is not None:
            return self.image_minutes * 60
        return MODAL_IMAGE_SECONDS if self.sandbox == "modal" else 0

    @property
    def standbys_kept(self) -> int:
        """How many sessions have an agent that waits for their next job. None on Modal without being asked: that costs."""
        if self.standbys is not None:
            return self.standbys
        return 1 if self.sandbox == "local" else 0

    def remote_url(self, repository: str) -> str:
        """The address of `owner/name` for git, without credentials."""
        return f"{self.github_server_url}/{repository}.git"

    def claude_cli(self) -> Path | None:
        """The Claude CLI for the local sandbox: the one that was set, one on PATH, or the one in the `demo` extra."""
        if self.claude_path is not None:
            return self.claude_path
        if found := shutil.which("claude"):
            return Path(found).resolve()
        from importlib.util import find_spec

        spec = find_spec("claude_agent_sdk")
        if spec is not None and spec.origin is not None:
            bundled = Path(spec.origin).parent / "_bundled" / "claude"
            if bundled.is_file():
                return bundled
        return None

    def browser_server(self) -> Path | None:
        """The program with the browser's tools for the local sandbox: one on PATH, or the one that `make install` fetched."""
        if not self.browser:
            return None
        beside = Path(sys.prefix, "browser", "node_modules", ".bin", PROGRAM)
        found = shutil.which(PROGRAM) or (beside if beside.exists() else None)
        return None if found is None else Path(found).resolve()

    @property
    def agent_holds_key(self) -> bool:
        """Whether the agent is given a key of the operator's: not by the gateway, nor where Modal puts it into requests."""
        return self.model_access == "direct" and self.modal_model_secret is None

    def state_url(self) -> str:
        """The URL of the database: the operator's, or that of a SQLite file in the state directory."""
        if self.database_url is not None:
            return self.database_url.reveal()
        return f"sqlite:///{(self.state_dir / 'harvest.db').absolute()}"

    def bucket(self) -> Bucket | None:
        """The bucket in which artifacts are kept, None for where they are kept by default."""
        if self.artifacts is None or (found := BUCKET.fullmatch(self.artifacts)) is None:
            return None
        return Bucket(
            name=found[1],
            prefix=found[2].strip("/"),
            endpoint=self.aws_endpoint_url,
            region=self.aws_region,
            access_key_id=self.aws_access_key_id,
            secret_access_key=None if self.aws_secret_access_key is None else self.aws_secret_access_key.reveal(),
            session_token=None if self.aws_session_token is None else self.aws_session_token.reveal(),
        )

    def declared_tool_servers(self) -> dict[str, ToolServer]:
        """The tool servers in the operator's variable or file, none where there is neither; SettingsError says what is wrong
        with it."""
        path = self.mcp or self.state_dir / DEFAULT_FILE
        try:
            return read_tool_servers(path.read_bytes() if self.mcp_toml is None else self.mcp_toml.encode())
        except FileNotFoundError:
            if self.mcp is None:
                return {}
            raise SettingsError(f"HARVEST_MCP: there is no file {path}: correct the path, or unset it") from None
        except OSError as error:
            if isinstance(error, NotADirectoryError) and self.mcp is None:
                return {}  # what is wrong with the state directory is told by whoever needs it
            raise SettingsError(f"HARVEST_MCP: {path} can't be read ({error.strerror}): name a file that can be") from error
        except ServersUnusable as problem:
            where = path if self.mcp_toml is None else "HARVEST_MCP_TOML"
            raise SettingsError("\n".join(f"{where}: {line}" for line in str(problem).splitlines())) from None

    def missing_to_serve(self) -> list[str]:
        """One sentence for each setting without which the service can't do its work; empty when it can start."""
        missing = []
        if not self.app_id:
            missing.append("GITHUB_APP_ID is not set: it is on the App's page under 'General', or run `harvest setup`")
        try:
            self.app_private_key()
        except SettingsError as error:
            missing.append(str(error))
        if not self.webhook_secrets:
            missing.append("GITHUB_WEBHOOK_SECRET is not set: choose a long random one and give the same to the App")
        if self.model_access == "gateway" and self.anthropic_api_key is None:
            missing.append("ANTHROPIC_API_KEY is not set: the gateway has no key to reach the model with")
        if self.agent_holds_key and self.anthropic_api_key is None and self.claude_code_oauth_token is None:
            missing.append("neither ANTHROPIC_API_KEY nor CLAUDE_CODE_OAUTH_TOKEN is set: the agent has no model")
        if self.modal_model_secret is not None and (self.model_access, self.sandbox) != ("direct", "modal"):
            missing.append(
                "HARVEST_MODAL_MODEL_SECRET is for HARVEST_MODEL_ACCESS=direct with sandboxes on Modal: set these, or unset it"
            )
        if self.modal_model_secret is not None and self.egress != "open":
            missing.append(
                "HARVEST_MODAL_MODEL_SECRET: Modal can't do that and limit the network as well: set HARVEST_EGRESS=open"
            )
        if self.modal_model_secret is not None and not self.anthropic_base_url.startswith("https://"):
            missing.append(
                "HARVEST_MODAL_MODEL_SECRET: Modal puts the key into https:// requests alone: set ANTHROPIC_BASE_URL so"
            )
        try:
            self.declared_tool_servers()
        except SettingsError as error:
            missing += str(error).splitlines()
        return missing


@cache  # checking an RSA key takes a tenth of a second, and starting asks for it more than once
def checked_key(variable: str, text: str) -> Secret:
    """The PEM text as a secret. SettingsError names the variable when it is no private key of GitHub's kind."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(
            f"{variable}: this is not a private key: give the .pem file as GitHub let you download it"
        ) from error
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(
            f"{variable}: GitHub's keys are RSA, and this one is not: give the .pem file as GitHub let you download it"
        )
    return Secret(text)
