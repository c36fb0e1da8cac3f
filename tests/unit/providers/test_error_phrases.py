"""What providers say, and what it means."""

import pytest

from mobart.core.errors import Code
from mobart.providers.error_phrases import REASONS, find_reason


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Banned prompt", Code.MODERATION_BLOCKED),
        ("Banned prompt detected", Code.MODERATION_BLOCKED),
        ("Prompt blocked", Code.MODERATION_BLOCKED),
        ("[Banned prompt detected] Sorry! Our AI moderator thinks", Code.MODERATION_BLOCKED),
        ("[Image denied] ...", Code.MODERATION_BLOCKED),
        ("Request cancelled due to image filters", Code.MODERATION_BLOCKED),
        ("forbidden: The prompt has blocked words", Code.MODERATION_BLOCKED),
        ("this violates our content policy", Code.MODERATION_BLOCKED),
        ("NSFW_CONTENT_DETECTED", Code.MODERATION_BLOCKED),
        ("sensitive_words_detected", Code.MODERATION_BLOCKED),
        ("content_safety_violation", Code.MODERATION_BLOCKED),
        ("content_filter", Code.MODERATION_BLOCKED),
        ("ResponsibleAIPolicyViolation", Code.MODERATION_BLOCKED),
        ("PUBLIC_ERROR_UNSAFE_GENERATION", Code.MODERATION_BLOCKED),
        ("ILLEGAL_PROMPT", Code.MODERATION_BLOCKED),
        ("blocked due to safety violations (harmful content)", Code.MODERATION_BLOCKED),
        ("This prompt may violate our content guidelines", Code.MODERATION_BLOCKED),
        ("it violates our terms of service", Code.MODERATION_BLOCKED),
        ("The image failed the safety checks", Code.MODERATION_BLOCKED),
        ("内容审核不通过", Code.MODERATION_BLOCKED),
        ("输入包含敏感信息", Code.MODERATION_BLOCKED),
        ("Invalid parameter", Code.PROMPT_REJECTED),
        ("[Invalid parameter] Invalid value", Code.PROMPT_REJECTED),
        ("Invalid link", Code.PROMPT_REJECTED),
        ("Empty prompt", Code.PROMPT_REJECTED),
        ("Unrecognized parameter(s): `--foo`", Code.PROMPT_REJECTED),
        ("prompt is required", Code.PROMPT_REJECTED),
        ("Sorry! Could not complete the job!", Code.GENERATION_FAILED),
        ("[Internal error] Something went wrong...", Code.GENERATION_FAILED),
        ("Failed to process your command :c", Code.GENERATION_FAILED),
        ("Job Timeout", Code.GENERATION_FAILED),
        ("Unknown Integration", Code.GENERATION_FAILED),
        ("Queue full", Code.GENERATION_FAILED),
        ("task queue is full", Code.GENERATION_FAILED),
        ("Action needed to continue", Code.PROVIDER_UNAVAILABLE),
        ("Action required to continue", Code.PROVIDER_UNAVAILABLE),
        ("please solve the captcha", Code.PROVIDER_UNAVAILABLE),
        ("mj_bot_banned", Code.PROVIDER_UNAVAILABLE),
        ("no_active_mj_bot", Code.PROVIDER_UNAVAILABLE),
        ("your account has been blocked", Code.PROVIDER_UNAVAILABLE),
        ("Your IP address is blocked", Code.PROVIDER_UNAVAILABLE),
        ("Plan Cancelled", Code.PROVIDER_UNAVAILABLE),
        ("Subscription required", Code.PROVIDER_UNAVAILABLE),
        ("Tos not accepted, You must accept", Code.PROVIDER_UNAVAILABLE),
        ("账号已被临时封锁，请勿使用违规词作图", Code.PROVIDER_UNAVAILABLE),
        ("服务暂不可用，请联系管理员", Code.PROVIDER_UNAVAILABLE),
        ("Insufficient quota", Code.PROVIDER_CREDIT),
        ("insufficient account balance", Code.PROVIDER_CREDIT),
        ("not enough credits", Code.PROVIDER_CREDIT),
        ("quota exceeded", Code.PROVIDER_CREDIT),
        ("invalid api key", Code.PROVIDER_AUTH),
        ("Invalid X-API-Key", Code.PROVIDER_AUTH),
        ("Unauthorized", Code.PROVIDER_AUTH),
        ("可能包含敏感词", Code.MODERATION_BLOCKED),
        ("提示词违规", Code.MODERATION_BLOCKED),
        ("prompt不能为空", Code.PROMPT_REJECTED),
        ("用户额度不足", Code.PROVIDER_CREDIT),
        ("该令牌额度已用尽", Code.PROVIDER_CREDIT),
        ("quota_not_enough", Code.PROVIDER_CREDIT),
        ("insufficient_user_quota", Code.PROVIDER_CREDIT),
        ("Monthly spend limit reached", Code.PROVIDER_CREDIT),
        ("You have reached your spending limit", Code.PROVIDER_CREDIT),
        ("rate_limit_exceeded", Code.GENERATION_FAILED),
        ("server_overloaded", Code.GENERATION_FAILED),
        ("用户今日绘图次数已达上限", Code.PROVIDER_CREDIT),
        ("未登录", Code.PROVIDER_AUTH),
        ("账号不可用", Code.PROVIDER_AUTH),
        ("无效的令牌", Code.PROVIDER_AUTH),
        ("队列已满，请稍后尝试", Code.GENERATION_FAILED),
        ("无可用的账号实例", Code.GENERATION_FAILED),
        ("并发数已达上限", Code.GENERATION_FAILED),
        ("任务超时", Code.GENERATION_FAILED),
    ],
)
def test_a_known_message_has_its_code(said: str, code: Code) -> None:
    """Titles and messages that people met, in any case of letters."""
    for text in (said, said.upper(), f"error: {said}; please try again"):
        reason = find_reason(text)
        assert reason is not None
        assert reason.code is code


@pytest.mark.parametrize("said", ["Blocked", "[Blocked] You may come back in 30 minutes"])
def test_blocked_as_a_title_speaks_of_the_account(said: str) -> None:
    """Midjourney's own title for an account of the operator's; no player has offended by it."""
    reason = find_reason(said)
    assert reason is not None
    assert reason.code is Code.PROVIDER_UNAVAILABLE


@pytest.mark.parametrize(
    "said", ["", "success", "unblockedness", "a scunthorpe", "task created", "提交成功"]
)
def test_an_unknown_message_has_none(said: str) -> None:
    """Words count as wholes."""
    assert find_reason(said) is None


def test_what_is_final_wins_over_what_may_pass() -> None:
    """A prompt quoted in a refusal cannot make it look harmless."""
    reason = find_reason("Banned prompt detected: 'queue is full, internal error'")
    assert reason is not None
    assert (reason.code, reason.busy) == (Code.MODERATION_BLOCKED, False)


@pytest.mark.parametrize("reason", REASONS)
def test_every_sentence_is_fit_for_the_public(reason: object) -> None:
    """A sentence, and nothing technical."""
    sentence = getattr(reason, "sentence", "")
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "http" not in sentence.lower()
