"""The WebSocket /live: subscriptions, what is pushed and when, clients that do not read, events, pings, closing."""
import asyncio
import json
import time

import websockets
from tap import finish, say
from web import SANITIZED, Server, WebSocket, frame, handshake


def check(good, text, lines=()):
    say(good, text, [] if good else lines)


def expect(text, got, wanted):
    check(got == wanted, text, [f"got {got!r}", f"expected {wanted!r}"])


def place(message):
    return message["device"], message.get("load")


EVERY = [(2, None), (3, 1), (3, 2), (247, 1)]


def default(s):
    with WebSocket(s) as w:
        expect("nothing comes before the first window", w.messages(0.2), [])
        s.order("publish")
        got = w.messages(0.3)
        expect("each point once", sorted(map(place, got), key=str), sorted(EVERY, key=str))
        load = next(m for m in got if place(m) == (3, 1))
        expect("a message", (load["sequence"], load["end"], load["flags"], "harmonics" in load, "scope" in load),
               (1, "2026-01-02T03:03:05.200000Z", ["simulated"], False, False))
        expect("number and quality bits", load["values"]["I1"], [2.25, 33])
        expect("what is not available is not there", "I2" in load["values"], False)
        expect("and nothing more until the next window", w.messages(0.2), [])
        s.order("publish")
        expect("the next window", {m["sequence"] for m in w.messages(0.3)}, {2})


def subscriptions(s):
    with WebSocket(s) as w:
        w.messages(0.2)
        w.say({"subscribe": [{"device": 3, "load": 2, "harmonics": True, "scope": True}, {"device": 247}]})
        got = {place(m): m for m in w.messages(0.3)}
        expect("the newest window comes at once", sorted(got, key=str), [(247, None), (3, 2)])
        load = got[(3, 2)]
        expect("with harmonics", len(load["harmonics"]["V1"]["rms"]), 63)
        expect("and scope", (load["scope"]["frames"], sorted(load["scope"]["lanes"])), (400, ["I1", "V1", "V2", "V3"]))
        expect("only where asked", "scope" in got[(247, None)], False)
        w.say({"subscribe": [{"device": 9}]})
        answer = w.message()
        expect("a wrong subscription is answered", (answer["error"]["code"], "no device 9" in answer["error"]["message"]),
               ("bad_request", True))
        w.socket.sendall(frame(b"{nonsense"))
        expect("so is nonsense", "not JSON" in w.message()["error"]["message"], True)
        s.order("publish")
        expect("and the subscription stays", sorted(map(place, w.messages(0.3)), key=str), [(247, None), (3, 2)])
        w.say({"subscribe": []})
        s.order("publish")
        expect("nothing", w.messages(0.3), [])
        w.say({"subscribe": "all"})
        expect("all", len(w.messages(0.3)), len(EVERY))
    with WebSocket(s, "/live?device=3&load=1&scope=1") as w:
        got = w.messages(0.3)
        expect("by query", (list(map(place, got)), "scope" in got[0], "harmonics" in got[0]), ([(3, 1)], True, False))
    with WebSocket(s, "/live?device=247") as w:
        expect("the network by another device", list(map(place, w.messages(0.3))), [(247, None)])


def refusals(s):
    host = f"127.0.0.1:{s.port}"
    for text, path, fields, status in (
            ("another path", "/live2", {}, 404), ("a page", "/", {}, 404),
            ("a device that is not there", "/live?device=9", {}, 404),
            ("an unknown parameter", "/live?devise=3", {}, 400),
            ("version 8", "/live", {"Sec_WebSocket_Version": "8"}, 426),
            ("no version", "/live", {"Sec_WebSocket_Version": None}, 426),
            ("no key", "/live", {"Sec_WebSocket_Key": None}, 400), ("a bad key", "/live", {"Sec_WebSocket_Key": "x"}, 400),
            ("no Connection: Upgrade", "/live", {"Connection": "keep-alive"}, 426),
            ("another site's page", "/live", {"Host": host, "Origin": "http://evil.example"}, 403),
            ("a page of another port", "/live", {"Host": host, "Origin": "http://127.0.0.1:1"}, 403),
            ("its own page", "/live", {"Host": host, "Origin": f"http://{host}"}, 101)):
        with WebSocket(s, path, **fields) as w:
            expect(f"{text}: {status}", w.status, status)
            if status != 101:
                body = w.kept or w.socket.recv(4096)
                check("error" in json.loads(body), f"{text}: with a reason", [repr(body)])


def event_push(s):
    s.order("event begin")
    with WebSocket(s, "/live?device=2") as w:
        w.messages(0.2)
        s.order("event end")
        got = w.messages(0.3)
        expect("an event that ends", [(m["event"]["id"], m["event"]["ongoing"]) for m in got], [(1, False)])
        s.order("event begin")
        s.order("event begin")
        expect("events that begin, oldest first", [m["event"]["id"] for m in w.messages(0.3)], [2, 3])
        expect("once", w.messages(0.2), [])


def many_at_once():
    """A hundred clients at five windows a second get the same, all of it."""
    with Server(auto_ms=200) as s:
        clients = [WebSocket(s) for _ in range(100)]
        before = s.cpu_s()
        time.sleep(2)
        spent = (s.cpu_s() - before) / 2
        s.order("pause")
        counts, skipped, texts = set(), 0, {}
        for w in clients:
            got = w.pending()
            skipped += sum("skipped" in m for m in got)
            for m in got:
                texts.setdefault((place(m), m["sequence"]), set()).add(json.dumps(m))
            counts.add(len(got))
            w.socket.close()
        check(min(counts) >= 7 * len(EVERY) and skipped == 0, "100 clients get every window", [f"{counts} {skipped}"])
        check(all(len(t) == 1 for t in texts.values()), "and the same text")
        print(f"# 100 clients, 4 points, 5 windows a second: {spent * 100:.1f} % of a core")


def slow_reader():
    """A client that does not read misses windows and is told; others do not notice; memory stays."""
    with Server(auto_ms=160, modules=10) as s:
        with WebSocket(s, "/live?harmonics=1&scope=1") as slow, WebSocket(s, "/live?device=2") as quick:
            before = s.rss_mib()
            got = quick.messages(4)
            numbers = [m["sequence"] for m in got if "sequence" in m]
            check(len(numbers) >= 20 and not any("skipped" in m for m in got), "who reads gets all", [f"{len(numbers)}"])
            grown = s.rss_mib() - before
            check(grown < 24 or SANITIZED, "who does not read costs little", [f"{grown:.1f} MiB"])
            told = [m for m in slow.messages(3) if "skipped" in m]
            check(told and told[0]["skipped"] >= 34, "and is told what it missed", [repr(told)])


def pings_and_goodbyes():
    with Server(ping_ms=300) as s:
        with WebSocket(s) as w:
            w.socket.sendall(frame(b"are you there", 9))
            expect("a ping is answered", w.frame(), (10, b"are you there"))
            expect("the server pings who is silent", w.frame()[0], 9)
            began = time.monotonic()
            try:
                w.frame()
                ended = False
            except (EOFError, ConnectionError):
                ended = True
            check(ended and time.monotonic() - began < 2, "and leaves who does not answer")
        with WebSocket(s) as w:
            w.socket.sendall(frame(b"\x03\xe8", 8))
            expect("a close is answered with its code", w.closed_with(), 1000)
        with WebSocket(s) as w:
            for _ in range(60):
                w.say({"subscribe": []})
            expect("sixty messages a second are too many", w.closed_with(), 1008)
        with WebSocket(s) as w:
            s.order("quit")
            expect("a server that stops says so", w.closed_with(), 1001)


def a_client_of_others(s):
    """The same with the library python3-websockets, which checks every frame by rules that are not ours."""
    async def talk():
        async with websockets.connect(f"ws://127.0.0.1:{s.port}/live", max_size=1 << 22) as w:
            first = json.loads(await w.recv())
            await w.send(json.dumps({"subscribe": [{"device": 3, "load": 1, "harmonics": True, "scope": True}]}))
            while "scope" not in (rich := json.loads(await w.recv())):
                pass
            await (await w.ping())
            await w.close()
            return "values" in first, place(rich), w.close_code
    expect("python3-websockets subscribes, pings and closes", asyncio.run(talk()), (True, (3, 1), 1000))


def early_data(s):
    """What a client sends right behind the handshake is taken."""
    with s.connect() as raw:
        raw.sendall(handshake("/live?device=2") + frame(json.dumps({"subscribe": [{"device": 3, "load": 1}]}).encode()))
        time.sleep(0.3)
        got = raw.recv(65536)
        check(b'"device":3' in got and b'"device":2' not in got, "a subscription that follows the handshake at once")


def main():
    with Server() as s:
        default(s)
        subscriptions(s)
        refusals(s)
        event_push(s)
        early_data(s)
        a_client_of_others(s)
    many_at_once()
    slow_reader()
    pings_and_goodbyes()
    finish()


main()
