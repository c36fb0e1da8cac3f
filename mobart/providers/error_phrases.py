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
            r"no active mj bot",
            r"mj bot \w+",
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
            r"(credits?|balance|funds) (is |are |was |were |has been |have been )?(all )?depleted",
            r"(spend|spending|billing) cap",
            r"billing (account )?(is |was |has been )?(not active|inactive|disabled|closed|suspended)",
            r"payment required",
            r"exceeded (your|the) (\w+ )?(quota|budget|balance|credits?)",
            r"(spend|spending|billing|free time) (hard |soft )?limit (\w+ )?(reached|exceeded)",
            r"reached (your|the) (\w+ )?(spend|spending|billing) limit",
            r"budget (has been |was )?exceeded",
            r"exceededbudget\w*",
            r"quota (not enough|failed)",
            r"(余额|额度|积分)不足",
            r"额度(已用尽|失败)",
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
            r"content ?policy( ?violation\w*)?",
            r"safety system",
            r"(\w*policy|safety) ?violations?",
            r"violat\w+ (\S+ ){1,3}(polic(y|ies)|guidelines|standards|practices|terms( of service)?)",
            r"safety (check|filter|guideline|guardrail)s?",
            r"content (filter\w*|safety|guidelines|restrictions?)",
            r"unsafe (generation|content|prompt|image|words?)",
            r"(inappropriate|disallowed|illegal|harmful) (content|prompt|words?)",
            r"illegal (prompt|image content)",
            r"forbidden words?",
            r"sensitive",
            r"prohibited",
            r"(审核|审查)(不通过|未通过|失败)",
            r"敏感(内容|信息)",
            r"不合规",
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
            r"throttled",
            r"no available (bot|account)s?",
            r"concurren(t|cy) (\w+ )?limit",
            r"队列已满",
            r"(并发|队列)数已达上限",
            r"无可用的?账号",
            r"负载已饱和",
            r"无可用渠道",
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

NAMED = frozenset({Code.MODERATION_BLOCKED, Code.PROVIDER_CREDIT, Code.PROVIDER_AUTH})
_PATTERNS = tuple(
    (reason, re.compile(rf"(?<!\w)({'|'.join(reason.phrases)})(?!\w)", re.IGNORECASE | re.ASCII))
    for reason in REASONS
)
"""Only ASCII's letters make a word longer: those of Chinese do not."""


def phrase_in(text: str) -> str:
    """Return the words of *text* that name its reason; "" if there are none."""
    matches = (pattern.search(_parted(text)) for _, pattern in _PATTERNS)
    return next((match[0] for match in matches if match), "")


def find_reason(text: str) -> Reason | None:
    """Return the first reason that *text* names, in words or as the name of an error in a program."""
    parted = _parted(text)
    return next((reason for reason, pattern in _PATTERNS if pattern.search(parted)), None)


def named_reason(*names: object) -> Reason | None:
    """Return the first reason that *names* which programs give to errors tell for sure.

    Names of what is wrong with a request do not tell whether the player or the operator has to change it.
    """
    reasons = (find_reason(name) for name in names if isinstance(name, str))
    return next((reason for reason in reasons if reason and reason.code in NAMED), None)


def is_moderation(*names: object) -> bool:
    """Return whether one of the *names* that programs give to an error is moderation's."""
    reason = named_reason(*names)
    return reason is not None and reason.code is Code.MODERATION_BLOCKED


def _parted(text: str) -> str:
    return text.replace("_", " ")
