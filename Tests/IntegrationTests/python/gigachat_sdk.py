"""Runs Sber's official `gigachat` package against the simulator.

Usage: gigachat_sdk.py [ENDPOINTS_JSON | -]      (default: one line on standard input)
"""

import math
import time

from endpoints import check, fail, passed, read_endpoints

import gigachat
from gigachat import GigaChat
from gigachat.models import Chat, Function, FunctionParameters, Messages, MessagesRole

PROMPT = "Расскажи про утконосов 🦆"


def client(endpoints, **overrides):
    """A client for the simulator, as a user would configure one."""
    settings = {
        "base_url": endpoints["gigachat"]["base_url"],
        "auth_url": endpoints["gigachat"]["auth_url"],
        "credentials": "Y2xpZW50OnNlY3JldA==",
        "scope": "GIGACHAT_API_PERS",
        "model": "GigaChat",
        "timeout": 20,
    }
    if endpoints.get("ca_file"):
        settings["ca_bundle_file"] = endpoints["ca_file"]
    settings.update(overrides)
    return GigaChat(**settings)


def check_token(giga):
    token = giga.get_token()
    check(token is not None and len(token.access_token) > 500, "OAuth returned no token of realistic length")
    left = token.expires_at / 1000 - time.time()
    check(60 < left <= 1800, f"the token's life is {left} s, expected up to 30 minutes in milliseconds")
    passed("OAuth")


def check_chat(giga):
    completion = giga.chat(PROMPT)
    message = completion.choices[0].message
    check(PROMPT in message.content, f"the answer does not echo the prompt: {message.content!r}")
    check(completion.choices[0].finish_reason == "stop", "finish_reason is not 'stop'")
    check(completion.model.startswith("GigaChat:"), f"the model is {completion.model!r}")
    usage = completion.usage
    check(usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, "usage does not add up")
    check(usage.completion_tokens > 0, "usage counts no completion tokens")
    passed("chat v1")
    return message.content


def check_stream(giga, whole):
    chunks = list(giga.stream(PROMPT))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    check(text == whole, f"the stream's text differs from the whole answer: {text!r}")
    check(len(chunks) > 2, f"the stream has only {len(chunks)} chunks")
    check(chunks[0].choices[0].delta.role == "assistant", "the first chunk has no role")
    check(chunks[-1].choices[0].finish_reason == "stop", "the last chunk has no finish_reason")
    check(chunks[-1].usage is not None and chunks[0].usage is None, "usage must be in the last chunk alone")
    passed("stream v1")


def check_models(giga):
    models = giga.get_models()
    names = [model.id_ for model in models.data]
    check("GigaChat" in names and "Embeddings" in names, f"the model list is {names}")
    check(giga.get_model("GigaChat").id_ == "GigaChat", "one model has the wrong id")
    try:
        giga.chat(Chat(model="NoSuchModel", messages=[Messages(role=MessagesRole.USER, content="hi")]))
    except gigachat.exceptions.ResponseError as error:
        check("No such model" in str(error), f"an unknown model says {error}")
    else:
        fail("an unknown model was accepted")
    passed("models")


def check_embeddings(giga):
    texts = ["Привет, мир", "Hello, world"]
    data = giga.embeddings(texts).data
    check(len(data) == 2 and [item.index for item in data] == [0, 1], "there is not one embedding per text")
    check(all(len(item.embedding) == 1024 for item in data), "an embedding has not 1024 numbers")
    check(all(math.isfinite(number) for item in data for number in item.embedding), "an embedding is not finite")
    check(data[0].embedding != data[1].embedding, "different texts have the same embedding")
    check(giga.embeddings(texts[:1]).data[0].embedding == data[0].embedding, "embeddings are not deterministic")
    passed("embeddings")


def check_tokens(giga):
    counts = giga.tokens_count(["First text", "Second text, longer"], model="GigaChat")
    check([count.characters for count in counts] == [10, 19], f"the counts of characters are {counts}")
    check(0 < counts[0].tokens < counts[1].tokens, f"the counts of tokens are {counts}")
    passed("token count")


def check_balance(giga):
    balance = {entry.usage: entry.value for entry in giga.get_balance().balance}
    check(balance.get("GigaChat", 0) > 0, f"the balance is {balance}")
    passed("balance")


def check_functions(giga):
    weather = Function(
        name="weather_forecast",
        description="Weather",
        parameters=FunctionParameters(
            type="object",
            properties={"location": {"type": "string"}, "num_days": {"type": "integer"}},
            required=["location"],
        ),
    )
    question = Messages(role=MessagesRole.USER, content="Какая погода будет в ближайшие 3 дня?")
    chat = Chat(model="GigaChat", messages=[question], functions=[weather], function_call="auto")
    choice = giga.chat(chat).choices[0]
    check(choice.finish_reason == "function_call", f"finish_reason is {choice.finish_reason}")
    call = choice.message.function_call
    check(call.name == "weather_forecast", f"the function is {call.name}")
    check(call.arguments.get("num_days") == 3, f"the arguments are {call.arguments}")
    chat.messages.append(choice.message)
    chat.messages.append(
        Messages(role=MessagesRole.FUNCTION, name="weather_forecast", content='{"temperature": 7}')
    )
    answer = giga.chat(chat).choices[0]
    check(answer.finish_reason == "stop" and answer.message.content, "no answer after the function's result")
    passed("function call")


def check_files(giga):
    stored = giga.upload_file(("notes.txt", "содержимое".encode()), purpose="general")
    check(stored.filename == "notes.txt" and stored.bytes_ == 20, f"the stored file is {stored}")
    check(any(file.id_ == stored.id_ for file in giga.get_files().data), "the stored file is not listed")
    check(giga.delete_file(stored.id_).deleted, "the file was not deleted")
    passed("files")


def check_version2(giga):
    if not hasattr(giga.chat, "create"):
        fail("this gigachat package has no version 2 chat; use 0.2.3 or newer")
    response = giga.chat.create(PROMPT)
    text = "".join(part.text or "" for message in response.messages for part in message.content)
    check(PROMPT in text, f"the version 2 answer does not echo the prompt: {text!r}")
    check(response.finish_reason == "stop", f"finish_reason is {response.finish_reason}")
    events = list(giga.chat.stream(PROMPT))
    streamed = "".join(
        part.text or "" for event in events for message in event.messages or [] for part in message.content or []
    )
    check(streamed == text, f"the version 2 stream's text differs: {streamed!r}")
    passed("chat and stream v2")


def check_new_token_after_401(endpoints):
    """The SDK gets a new token once when the API refuses the old one."""
    with client(endpoints, access_token="stale", credentials="Y2xpZW50Mjpzw6k=") as giga:
        check(PROMPT in giga.chat(PROMPT).choices[0].message.content, "no answer after a 401")
    passed("new token after a 401")


def main():
    endpoints = read_endpoints()
    with client(endpoints) as giga:
        check_token(giga)
        whole = check_chat(giga)
        check_stream(giga, whole)
        check_models(giga)
        check_embeddings(giga)
        check_tokens(giga)
        check_balance(giga)
        check_functions(giga)
        check_files(giga)
        check_version2(giga)
    check_new_token_after_401(endpoints)
    print(f"gigachat {getattr(gigachat, '__version__', '')} is satisfied")


if __name__ == "__main__":
    main()
