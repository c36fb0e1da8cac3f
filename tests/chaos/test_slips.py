"""The net under all tests with a deployment: it catches what must not be told."""

from tests.daemon.deployment import API_KEY, Deployment


async def test_a_slip_is_noticed(deployment: Deployment) -> None:
    """A prompt that is written to the log, since it was asked for, is found in output and file."""
    worker = await deployment.ready_worker(MOBART_LOG_PROMPTS="true")
    await deployment.ask("r-1", "a most secret dragon")
    await deployment.outcome("r-1")
    await worker.until_logged("job.settled")

    assert any("a most secret dragon in" in slip for slip in await deployment.slips())
    deployment.prompts.clear()


async def test_a_key_in_an_announcement_is_noticed(deployment: Deployment) -> None:
    """As it would be in a log or a page."""
    deployment.heard.append(("image_generation_complete", {"error": f"wrong key {API_KEY}"}))

    assert await deployment.slips() == [f"{API_KEY} in announcements"]
    deployment.heard.clear()
