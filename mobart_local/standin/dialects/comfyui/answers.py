"""What ComfyUI answers, well and badly."""

import json

from mobart_local.standin.answers import AcceptedAnswer, Table, answers, submit_answers
from mobart_local.standin.replies import Reply


def error(message: str) -> str:
    """Write the body of an error."""
    error = {"type": "error", "message": message, "details": "", "extra_info": {}}
    return json.dumps({"error": error})


def ticket(prompt_id: str) -> str:
    """Write the body of an accepted submit whose `prompt_id` is the JSON *prompt_id*."""
    return f'{{"prompt_id": {prompt_id}, "number": 7, "node_errors": {{}}}}'


NODE_ERRORS = {
    "1": {
        "errors": [
            {
                "type": "value_not_in_list",
                "message": "Value not in list",
                "details": "ckpt_name: 'gone.safetensors' not in ['sd_xl_base_1.0.safetensors']",
                "extra_info": {
                    "input_name": "ckpt_name",
                    "input_config": None,
                    "received_value": "gone.safetensors",
                },
            }
        ],
        "dependent_outputs": ["7"],
        "class_type": "CheckpointLoaderSimple",
    }
}
PREVIEW_ERRORS = {
    "9": {
        "errors": NODE_ERRORS["1"]["errors"],
        "dependent_outputs": ["9"],
        "class_type": "PreviewImage",
    }
}
REFUSED = {
    "type": "prompt_outputs_failed_validation",
    "message": "Prompt outputs failed validation",
    "details": "Value not in list: ckpt_name: 'gone.safetensors' not in [...]",
    "extra_info": {},
}

SUBMITS: Table = submit_answers(
    AcceptedAnswer(body=ticket('"$task_id"'), broken='{"prompt_id": "$task_id'),
    error,
    **{
        "invalid": Reply(
            about="the workflow wants a model that is not there",
            status=400,
            body=json.dumps({"error": REFUSED, "node_errors": NODE_ERRORS}),
        ),
        "no-prompt": Reply(
            about="no workflow, in the words of old versions",
            status=400,
            body='{"error": "no prompt", "node_errors": []}',
        ),
        "partly": Reply(
            about="accepted, without an output that is only shown",
            body=json.dumps({"prompt_id": "$task_id", "number": 7, "node_errors": PREVIEW_ERRORS}),
            accepts=True,
        ),
        "partly-unsaved": Reply(
            about="accepted, without the output that saves the picture",
            body=json.dumps({"prompt_id": "$task_id", "number": 7, "node_errors": NODE_ERRORS}),
            accepts=True,
        ),
        "409": Reply(
            about="the id is known already",
            status=409,
            body=error("Prompt id already exists"),
            accepts=True,
        ),
        "id-missing": Reply(about="no prompt_id", body='{"node_errors": {}}', accepts=True),
        "id-int": Reply(about="a number as prompt_id", body=ticket("4711"), accepts=True),
        "id-traversal": Reply(about="../x as prompt_id", body=ticket('"../x"'), accepts=True),
    },
)
"""Answers to `POST /prompt`."""

POLLS: Table = answers(
    error, unknown=Reply(about="what is said of an id that nobody knows", body="{}")
)
"""Answers to `GET /history/{prompt_id}`."""
