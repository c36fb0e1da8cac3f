"""How a worker is watched."""

from typing import Literal

from pydantic import BaseModel, Field


class WatchingSettings(BaseModel):
    """Probes, metrics, logs."""

    mobart_http_host: str = Field("127.0.0.1", description="Address of probes and metrics")
    mobart_http_port: int = Field(8081, ge=0, le=65535, description="Their port; 0: off")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Log level")
    log_file: str = Field("mobart.log", description="Rotating JSON log; LOG_FILE= : off")
    mobart_log_prompts: bool = Field(False, description="Write prompts into the log")
