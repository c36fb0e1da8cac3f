"""What a midjourney-proxy answers, well and badly: HTTP 200 and a code, mostly in Chinese."""

import json

from mobart_local.standin.answers import AcceptedAnswer, Table, answers, submit_answers
from mobart_local.standin.replies import Reply

TEXT = "text/plain; charset=utf-8"


def message(code: object, description: str, result: str = "null", **properties: object) -> str:
    """Write the body of an answer; *result* is JSON."""
    quoted = json.dumps(description, ensure_ascii=False)
    rest = f'"result": {result}, "properties": {json.dumps(properties)}'
    return f'{{"code": {json.dumps(code)}, "description": {quoted}, {rest}}}'


def refusal(description: str) -> str:
    """Write the body of an HTTP error as resellers do."""
    return json.dumps({"description": description, "type": "upstream_error"})


def upstream(code: int, description: str) -> str:
    """Write what a reseller says about its own upstream."""
    return json.dumps({"description": description, "type": "upstream_error", "code": code})


WRONG_KEY = Reply(about="the key is wrong: an empty body", status=401)
SUBMITS: Table = submit_answers(
    AcceptedAnswer(
        body=message(1, "提交成功", '"$task_id"'), broken='{"code": 1, "result": "$task_id'
    ),
    refusal,
    **{
        "401": WRONG_KEY,
        "in-queue": Reply(
            about="22: accepted, others come first",
            body=message(22, "排队中，前面还有1个任务", '"$task_id"', numberOfQueues=1),
            accepts=True,
        ),
        "existed": Reply(
            about="21: there is a task already",
            body=message(21, "任务已存在", '"$task_id"', status="SUBMITTED"),
            accepts=True,
        ),
        "queue-rejected": Reply(
            about="23: the queue is full", body=message(23, "队列已满，请稍后尝试")
        ),
        "queue-rejected-id": Reply(
            about="23 with the id of a task that was deleted",
            body=message(23, "队列已满，请稍后尝试", '"14001934816969359"'),
        ),
        "moderated": Reply(
            about="24: a banned word",
            body=message(24, "可能包含敏感词", promptEn="a cat", bannedWord="cat"),
        ),
        "no-account": Reply(about="3: no Discord account", body=message(3, "无可用的账号实例")),
        "not-found": Reply(about="3: something else is missing", body=message(3, "关联任务不存在")),
        "invalid": Reply(about="4: the prompt is empty", body=message(4, "prompt不能为空")),
        "failure": Reply(
            about="9: it failed, nobody knows how far", body=message(9, "提交失败，系统异常")
        ),
        "failure-full": Reply(
            about="9, as the .NET proxy says that its queue is full",
            body=message(9, "提交失败，队列已满，请稍后重试"),
        ),
        "accepted-failure": Reply(
            about="9, and accepted", body=message(9, "提交失败，系统异常"), accepts=True
        ),
        "code-unknown": Reply(
            about="a code nobody documented", body=message(77, "?"), accepts=True
        ),
        "code-text": Reply(
            about="the code as a text", body=message("1", "ok", '"$task_id"'), accepts=True
        ),
        "result-missing": Reply(about="1 and no id", body='{"code": 1}', accepts=True),
        "result-int": Reply(about="a number as id", body=message(1, "ok", "4711"), accepts=True),
        "result-traversal": Reply(
            about="../x as id", body=message(1, "ok", '"../x"'), accepts=True
        ),
        "result-huge": Reply(
            about="an id of 10 kB", body=message(1, "ok", '"' + "1" * 10_000 + '"'), accepts=True
        ),
        "result-duplicate": Reply(
            about="the id of another task", body=message(1, "ok", '"$other_task_id"'), accepts=True
        ),
        "exception": Reply(
            about="4, as the .NET proxy says that it met an exception, after the queue",
            body=message(4, "提交Imagine任务异常"),
            accepts=True,
        ),
        "concurrency": Reply(
            about="4: the user has enough under way", body=message(4, "并发数已达上限")
        ),
        "day-limit": Reply(
            about="4: enough for today", body=message(4, "用户今日绘图次数已达上限")
        ),
        "locked": Reply(
            about="4: the account is locked for the words of others",
            body=message(4, "账号已被临时封锁，请勿使用违规词作图"),
        ),
        "model-state": Reply(
            about="200 in the envelope of the .NET proxy's pages",
            body='{"success": false, "code": -1, "message": "操作失败", "timestamp": "638"}',
        ),
        "401-disabled": Reply(
            about="trueai: the user is off", status=401, body="账号已禁用", media=TEXT
        ),
        "403-login": Reply(about="trueai: not logged in", status=403, body="未登录", media=TEXT),
        "403-balance": Reply(
            about="a reseller: no balance",
            status=403,
            body='{"error": {"message": "用户额度不足", "type": "new_api_error"}}',
        ),
        "503-policy": Reply(
            about="a reseller: content policy, with the status of an outage",
            status=503,
            body='{"error": {"message": "content policy violation", "type": "mj_error"}}',
        ),
        "400-quota": Reply(
            about="a reseller: 4, before it asked anybody",
            status=400,
            body=upstream(4, "quota_not_enough "),
        ),
        "400-upstream": Reply(
            about="a reseller: 400 because its own upstream did not answer, which had accepted",
            status=400,
            body=upstream(5, "do_request_failed "),
            accepts=True,
        ),
        "429-saturated": Reply(
            about="a reseller: no channel is free",
            status=429,
            body=upstream(30, "当前分组负载已饱和，请稍后再试"),
        ),
        "retry-redirect": Reply(
            about="an old reseller: its first try failed, and may have been accepted",
            status=307,
            headers={"Location": "/mj/submit/imagine?retry=2"},
            accepts=True,
        ),
    },
)
"""Answers to `POST /mj/submit/imagine`."""

POLLS: Table = answers(
    refusal, **{"401": WRONG_KEY, "204": Reply(about="trueai: no such task (any more)", status=204)}
)
"""Answers to `GET /mj/task/{id}/fetch`; the common row `empty` is novicezk's "no such task"."""
