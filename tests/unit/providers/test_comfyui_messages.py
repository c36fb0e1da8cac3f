"""How ComfyUI's workflows are filled, and its messages read."""

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Picture
from mobart.core.errors import Rejected
from mobart.providers.comfyui.inventory import shortcomings
from mobart.providers.comfyui.messages import judge, queued, read_history, read_ticket, remembered
from mobart.providers.comfyui.workflow import GAPS, Workflow

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
IMAGES = st.fixed_dictionaries(
    {},
    optional={
        "filename": st.sampled_from(["a.png", "../a.png", ""]) | JSON,
        "subfolder": st.sampled_from(["", "a/b"]) | JSON,
        "type": st.sampled_from(["output", "temp", "input"]) | JSON,
    },
)
NODES = st.fixed_dictionaries({"images": st.lists(IMAGES | JSON, max_size=3) | JSON})
MESSAGES = st.lists(st.tuples(st.just("execution_error"), JSON).map(list) | JSON, max_size=3)
STATUS = st.fixed_dictionaries(
    {"status_str": st.sampled_from(["success", "error"]) | JSON}, optional={"messages": MESSAGES}
)
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "status": STATUS | JSON,
        "outputs": st.dictionaries(st.text(max_size=2), NODES | JSON, max_size=3) | JSON,
        "prompt": JSON,
    },
)
CLIENTS = st.fixed_dictionaries({"client_id": st.text(max_size=4) | st.integers()}) | st.none()
NAMES = st.sampled_from(["id", "../x"]) | st.none()
ENTRIES = st.tuples(st.integers(), NAMES, st.none(), CLIENTS).map(list) | JSON
VALUES: dict[str, object] = dict.fromkeys(GAPS, "") | {"seed": 7, "width": 8, "height": 9}
BASE = "http://comfy.test:8188"


def read(item: object) -> Picture | None:
    """Read the history of the job `t`."""
    return read_history({"t": item}, reference="t", base_url=BASE, outputs=frozenset())


def image(name: str, kind: str = "output") -> dict[str, str]:
    """Make a file as nodes tell it."""
    return {"filename": name, "subfolder": "", "type": kind}


class TestWorkflows:
    """Gaps are filled, and nothing else is touched."""

    @given(st.text(max_size=60))
    def test_no_prompt_breaks_out_of_its_text(self, prompt: str) -> None:
        """Quotes, braces, and placeholders of its own included."""
        for text, expected in (("{{prompt}}", prompt), ("a {{prompt}}!", f"a {prompt}!")):
            graph = Workflow({"1": {"class_type": "X", "inputs": {"text": text, "n": [1, "2"]}}})
            filled = graph.filled(VALUES | {"prompt": prompt})
            assert filled == {"1": {"class_type": "X", "inputs": {"text": expected, "n": [1, "2"]}}}

    @pytest.mark.parametrize("prompt", ['", "x": "', "{{seed}}", "{{prompt}} {{prompt}}", "\\1"])
    def test_a_cunning_prompt_stays_a_text(self, prompt: str) -> None:
        """It is put in once, as it is."""
        graph = Workflow({"1": {"class_type": "X", "inputs": {"text": "<{{prompt}}>"}}})
        assert graph.filled(VALUES | {"prompt": prompt})["1"]["inputs"]["text"] == f"<{prompt}>"

    def test_a_number_stays_a_number(self) -> None:
        """Where it is all there is; in a text it is text."""
        inputs = {"seed": "{{seed}}", "name": "cat-{{ seed }}"}
        filled = Workflow({"1": {"class_type": "X", "inputs": inputs}}).filled(VALUES)
        assert filled["1"]["inputs"] == {"seed": 7, "name": "cat-7"}

    def test_the_workflow_itself_is_not_changed(self) -> None:
        """The next picture needs its gaps."""
        workflow = Workflow.usual()
        workflow.filled(VALUES)
        assert workflow == Workflow.usual()

    @given(st.text(max_size=40) | JSON.map(str))
    def test_no_file_does_anything_but_work_or_be_refused(self, text: str) -> None:
        """With a ValueError."""
        with suppress(ValueError):
            Workflow.parse(text)


class TestAnswers:
    """What ComfyUI says."""

    @given(st.dictionaries(st.sampled_from(["prompt_id", "number"]), JSON | st.just("../x")))
    def test_no_answer_to_a_submit_is_anything_but_an_id_or_a_doubt(
        self, body: dict[str, object]
    ) -> None:
        """And an id is fit for an address."""
        with suppress(Rejected):
            assert "/" not in (read_ticket(body, Workflow.usual()) or "")

    @given(st.fixed_dictionaries({}, optional={"error": JSON, "node_errors": JSON}))
    def test_no_refusal_makes_the_judge_raise(self, body: dict[str, object]) -> None:
        """It returns its verdict."""
        judge(body)

    @given(ITEMS | JSON)
    def test_no_history_is_anything_but_a_picture_a_failure_or_a_wait(self, item: object) -> None:
        """Whatever JSON comes, nothing leads out of ComfyUI's folders."""
        with suppress(Rejected):
            found = read(item)
            assert found is None or found.urls[0].startswith(f"{BASE}/view?filename=")
            assert found is None or ".." not in found.urls[0]

    @given(
        st.dictionaries(
            st.sampled_from(["queue_running", "queue_pending"]), st.lists(ENTRIES, max_size=3)
        )
    )
    def test_no_queue_makes_the_reader_raise(self, queue: dict[str, Any]) -> None:
        """What is no entry is none, and what is no id is not asked about."""
        entries = [entry for part in queue.values() for entry in part]
        items = {str(place): {"prompt": entry} for place, entry in enumerate(entries)}
        found = list(queued(queue))
        assert sorted(found) == sorted(remembered(items))
        assert all("/" not in name for name, _ in found)

    @given(JSON)
    def test_no_description_of_nodes_makes_the_reader_raise(self, about: object) -> None:
        """Nothing is missed that is not declared."""
        graph = {"1": {"class_type": "X", "inputs": {"a": "b"}}}
        for body in ({"X": about}, {"X": {"input": about}}, {"X": {"input": {"required": about}}}):
            list(shortcomings(graph, "X", body))

    @pytest.mark.parametrize(
        ("images", "expected"),
        [
            ([image("p.png", "temp"), image("a.png")], "a.png"),
            ([image("p.png", "temp")], "p.png"),
            ([image("a.png"), image("b.png")], "a.png"),
            ([image("../a.png"), image("b&c #1.png")], "b&c #1.png"),
        ],
    )
    def test_the_first_saved_picture_is_taken(
        self, images: list[dict[str, str]], expected: str
    ) -> None:
        """A preview only where nothing is saved."""
        found = read({"outputs": {"9": {"images": images}}})
        assert found is not None
        (url,) = found.urls
        assert parse_qs(urlsplit(url).query)["filename"] == [expected]

    def test_to_be_finished_without_a_picture_is_final(self) -> None:
        """Waiting for it would be in vain."""
        with pytest.raises(Rejected):
            read({"outputs": {"9": {"text": ["done"]}}, "status": {"status_str": "success"}})

    def test_what_nodes_quote_is_not_in_the_detail(self) -> None:
        """Exceptions like to repeat the prompt."""
        data = {"node_type": "K", "exception_type": "E", "exception_message": "canary prompt"}
        messages = [["execution_start", {}], ["execution_error", data]]
        with pytest.raises(Rejected) as failure:
            read({"status": {"status_str": "error", "messages": messages}})
        assert str(failure.value) == "execution_error in K: E"


@pytest.mark.parametrize("declared", [[[], {}], ["COMBO", {"options": []}]])
def test_an_empty_list_of_models_is_a_shortcoming(declared: list[object]) -> None:
    """A ComfyUI without a checkpoint refuses each job."""
    graph = {"1": {"class_type": "Loader", "inputs": {"ckpt_name": "x.safetensors"}}}
    about = {"Loader": {"input": {"required": {"ckpt_name": declared}}}}
    assert list(shortcomings(graph, "Loader", about)) == [
        "it has nothing at all for ckpt_name of node 1 (Loader)"
    ]
