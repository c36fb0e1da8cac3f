"""What providers say when something goes wrong, and what it means, as one list.

The phrases are titles and messages that people met at Midjourney and its resellers, some of whom
speak Chinese, which does not part its words.
"""

import re
from dataclasses import dataclass

from mobart.core.errors import Code
from mobart.providers.sentences import BUSY, FAILED, MODERATED, NO_ACCESS, NO_CREDIT


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a generation was refused or failed; *sentence* is public.

    A *busy* provider says that it has no room now, and so that it took nothing.
    """

    code: Code
    sentence: str
    phrases: tuple[str, ...]
    busy: bool = False


REASONS = (
    Reason(
        Code.PROVIDER_UNAVAILABLE,
        "The image provider's account needs its operator's attention.",
        (
            r"action (needed|required)",
            r"captcha",
            r"pending mod message",
            r"no_active_mj_bot",
            r"mj_bot_\w+",
            r"(bot|account|user|ip|ip address) (is |was |has been )?(banned|blocked|suspended|disabled)",
            r"admin lock",
            r"subscription (has )?(expired|required|paused)",
            r"plan cancell?ed",
            r"tos not accepted",
            r"(\A|\[)blocked(\]|\Z)",
            r"账号已(被临时封锁|禁用)",
            r"服务暂不可用",
        ),
    ),
    Reason(
        Code.PROVIDER_CREDIT,
        NO_CREDIT,
        (
            r"insufficient (\w+ )?(quota|credits?|balance|funds?|points?)",
            r"not enough (\w+ )?(quota|credits?|balance|funds?|points?)",
            r"(no|out of) (\w+ )?(quota|credits?|balance|funds?|points?|fast hours?)",
            r"(quota|credits?|balance) (is |are |was )?(exceeded|exhausted|used up|too low)",
            r"exhausted (quota|credits?|balance)",
            r"payment required",
            r"exceeded (your|the) (\w+ )?(quota|budget|balance|credits?)",
            r"insufficient_quota",
            r"budget (has been |was )?exceeded",
            r"exceededbudget\w*",
            r"quota_not_enough",
            r"(余额|额度|积分)不足",
            r"额度已用尽",
            r"绘图次数已达上限",
        ),
    ),
    Reason(
        Code.MODERATION_BLOCKED,
        MODERATED,
        (
            r"banned",
            r"blocked",
            r"flagged",
            r"moderat\w+",
            r"image filters?",
            r"image denied",
            r"nsfw",
            r"content[ _]?policy([ _]?violation\w*)?",
            r"safety system",
            r"policy violation",
            r"sensitive",
            r"prohibited",
            r"敏感词",
            r"违禁词?",
            r"违规",
        ),
    ),
    Reason(
        Code.PROMPT_REJECTED,
        "The image provider could not understand the prompt.",
        (
            r"invalid (prompt|parameters?|links?|value)",
            r"unrecogni[sz]ed parameter",
            r"empty prompt",
            r"prompt (is |must |can ?not be |should not be )?(empty|required)",
            r"parse error",
            r"\w*不能为空",
            r"参数错误",
        ),
    ),
    Reason(
        Code.PROVIDER_AUTH,
        NO_ACCESS,
        (
            r"(invalid|missing|incorrect|wrong|unknown|expired) (x-)?(api[ _-]?)?(key|token)",
            r"unauthori[sz]ed",
            r"authentication (failed|required)",
            r"no connected db",
            r"(未登录|账号不可用)",
            r"无效的令牌",
        ),
    ),
    Reason(
        Code.GENERATION_FAILED,
        BUSY,
        (
            r"queue( is)? full",
            r"too many requests",
            r"rate limit\w*",
            r"overloaded",
            r"no available (bot|account)s?",
            r"concurren(t|cy) (\w+ )?limit",
            r"队列已满",
            r"(并发|队列)数已达上限",
            r"无可用的?账号",
            r"负载已饱和",
        ),
        busy=True,
    ),
    Reason(
        Code.GENERATION_FAILED,
        FAILED,
        (
            r"could not complete",
            r"internal (server )?error",
            r"failed to process",
            r"time(d )?[ -]?out",
            r"unknown integration",
            r"something went wrong",
            r"任务超时",
            r"系统异常",
        ),
    ),
)
"""In order of precedence: what is final comes before what may pass."""

_PATTERNS = tuple(
    (reason, re.compile(rf"(?<!\w)({'|'.join(reason.phrases)})(?!\w)", re.IGNORECASE | re.ASCII))
    for reason in REASONS
)
"""Only ASCII's letters make a word longer: those of Chinese do not."""


def phrase_in(text: str) -> str:
    """Return the words of *text* that name its reason; "" if there are none."""
    matches = (pattern.search(text) for _, pattern in _PATTERNS)
    return next((match[0] for match in matches if match), "")


def find_reason(text: str) -> Reason | None:
    """Return the first reason that *text* names."""
    return next((reason for reason, pattern in _PATTERNS if pattern.search(text)), None)
