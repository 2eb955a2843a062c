"""Runs the official `openai` package against the simulator's OpenAI-compatible endpoints.

Usage: openai_sdk.py [ENDPOINTS_JSON | -]      (default: one line on standard input)
"""

import json

from endpoints import check, fail, passed, read_endpoints

import httpx
import openai

PROMPT = "Tell me about platypuses 🦆 - по-русски"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "calculator",
            "description": "Adds numbers",
            "parameters": {
                "type": "object",
                "properties": {"numbers": {"type": "array", "items": {"type": "integer"}}},
                "required": ["numbers"],
            },
        },
    }
]


def client(base_url, endpoints, **overrides):
    """A client for one endpoint of the simulator."""
    verify = endpoints.get("ca_file") or True
    return openai.OpenAI(
        api_key="key", base_url=base_url, http_client=httpx.Client(verify=verify, timeout=20), **overrides
    )


def messages(text):
    return [{"role": "user", "content": text}]


def check_chat(api, model, name):
    answer = api.chat.completions.create(model=model, messages=messages(PROMPT))
    choice = answer.choices[0]
    check(PROMPT in choice.message.content, f"{name}: no echo of the prompt in {choice.message.content!r}")
    check(choice.finish_reason == "stop", f"{name}: finish_reason is {choice.finish_reason}")
    check(answer.usage.total_tokens > 0, f"{name}: no usage")
    passed(f"{name}: chat")
    return choice.message.content


def check_stream(api, model, name, whole):
    text, finish = "", None
    for chunk in api.chat.completions.create(model=model, messages=messages(PROMPT), stream=True):
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    check(text == whole, f"{name}: the stream's text differs from the whole answer: {text!r}")
    check(finish == "stop", f"{name}: finish_reason is {finish}")
    passed(f"{name}: stream")


def check_usage(api, model):
    chunks = list(
        api.chat.completions.create(
            model=model, messages=messages(PROMPT), stream=True, stream_options={"include_usage": True}
        )
    )
    check(not chunks[-1].choices and chunks[-1].usage.total_tokens > 0, "include_usage brought no last chunk with usage")
    check(all(chunk.usage is None for chunk in chunks[:-1]), "usage is not in the last chunk alone")
    passed("include_usage")


def check_tools(api, model, name):
    question = "Use the calculator on 5, 4 and 1"
    answer = api.chat.completions.create(model=model, messages=messages(question), tools=TOOLS)
    choice = answer.choices[0]
    check(choice.finish_reason == "tool_calls", f"{name}: finish_reason is {choice.finish_reason}")
    call = choice.message.tool_calls[0]
    check(json.loads(call.function.arguments) == {"numbers": [5, 4, 1]}, f"{name}: {call.function.arguments}")
    streamed = ""
    for chunk in api.chat.completions.create(model=model, messages=messages(question), tools=TOOLS, stream=True):
        for part in chunk.choices:
            streamed += "".join(item.function.arguments or "" for item in part.delta.tool_calls or [])
    check(streamed == call.function.arguments, f"{name}: the streamed arguments are {streamed!r}")
    history = messages(question) + [
        choice.message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "10"},
    ]
    final = api.chat.completions.create(model=model, messages=history, tools=TOOLS)
    check(final.choices[0].finish_reason == "stop", f"{name}: no answer after the tool's result")
    passed(f"{name}: tools")


def check_models(api, name):
    check(len(list(api.models.list())) > 1, f"{name}: the model list is empty")
    passed(f"{name}: models")


def check_embeddings(api, model, name):
    # The package asks for Base64 unless told otherwise; both forms must give the same numbers.
    packed = api.embeddings.create(model=model, input=["Привет"]).data[0].embedding
    plain = api.embeddings.create(model=model, input=["Привет"], encoding_format="float").data[0].embedding
    check(len(packed) > 100 and packed == plain, f"{name}: the embeddings differ by format")
    passed(f"{name}: embeddings")


def check_errors(api):
    try:
        api.chat.completions.create(model="m", messages=[])
    except openai.BadRequestError as error:
        check("messages" in str(error), f"the error says {error}")
    else:
        fail("an empty list of messages was accepted")
    passed("errors")


def check_provider(base_url, endpoints, model, embedding_model, name, **overrides):
    with client(base_url, endpoints, **overrides) as api:
        whole = check_chat(api, model, name)
        check_stream(api, model, name, whole)
        check_tools(api, model, name)
        check_models(api, name)
        check_embeddings(api, embedding_model, name)


def main():
    endpoints = read_endpoints()
    base_url = endpoints["openai"]["base_url"]
    check_provider(base_url, endpoints, "gpt-4o-mini", "text-embedding-3-small", "OpenAI")
    with client(base_url, endpoints) as api:
        check_usage(api, "gpt-4o-mini")
        check_errors(api)
    yandex = endpoints["yandexgpt"]["openai_base_url"]
    for family in ["yandexgpt", "qwen3-235b-a22b-fp8", "gemma-3-27b-it"]:
        check_provider(
            yandex,
            endpoints,
            f"gpt://b1gfolder/{family}/latest",
            "emb://b1gfolder/text-search-doc/latest",
            f"Yandex {family}",
            project="b1gfolder",
        )
    print(f"openai {openai.__version__} is satisfied")


if __name__ == "__main__":
    main()
