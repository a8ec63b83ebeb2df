"""Facts about the token bench: its script agrees with PyJWT about each token."""

import hashlib
import hmac
import json
import re
import shutil
import subprocess
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from html import unescape

import jwt
import pytest
import time_machine

from confirmlab.base.errors import KitError
from confirmlab.notebook import token_bench as module
from confirmlab.notebook.token_bench import TokenBench, bench
from confirmlab.notebook.token_inspector import examine, take_apart
from confirmlab.notebook.views.registry import as_html, as_text

NOW = datetime(2030, 5, 1, 14, 5, tzinfo=UTC)
KEY = "a key that is as long as HS512 would like it to be, which is 64 bytes"
END = int(NOW.timestamp()) + 3420
RFC_4231 = [  # key and data; the sixth and seventh key are longer than a block
    (b"\x0b" * 20, b"Hi There"),
    (b"Jefe", b"what do ya want for nothing?"),
    (b"\xaa" * 20, b"\xdd" * 50),
    (bytes(range(1, 26)), b"\xcd" * 50),
    (b"\x0c" * 20, b"Test With Truncation"),
    (b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First"),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
    ),
]
EDGES = [(b"k" * size, b"m" * size) for size in (1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129)]
JEFE_512 = (
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
)


def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(payload=None, header=None, key=KEY, algorithm="HS512"):
    """Sign any header and claims, also some that jwt.encode would refuse."""
    content = f"{part(header or {'alg': algorithm})}.{part({} if payload is None else payload)}"
    name = {"HS256": "sha256", "HS384": "sha384"}.get(algorithm, "sha512")
    return f"{content}.{part(hmac.digest(key.encode(), content.encode(), name))}"


GOOD = jwt.encode({"exp": END, "confirm_id": 14}, KEY, algorithm="HS512")
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")
TOKENS = {
    "good": GOOD,
    "empty": "",
    "one part": "coo",
    "two parts": f"{HEADER}.{PAYLOAD}",
    "four parts": f"{GOOD}.",
    "no header": f".{PAYLOAD}.{SIGNATURE}",
    "no payload": f"{HEADER}..{SIGNATURE}",
    "no signature": f"{HEADER}.{PAYLOAD}.",
    "last letter lost": GOOD[:-1],
    "last letter idle": GOOD[:-1] + ("B" if GOOD[-1] != "B" else "C"),
    "a letter changed": GOOD.replace(PAYLOAD, part({"exp": END, "confirm_id": 1})),
    "a foreign letter": GOOD.replace(".", ".é", 1),
    "a plus": f"{HEADER}.{PAYLOAD}+.{SIGNATURE}",
    "one = too many": f"{HEADER}.{PAYLOAD}=.{SIGNATURE}",
    "its own =": f"{GOOD}==",
    "three =": f"{GOOD}===",
    "header is no text": part(bytes([255])) + f".{PAYLOAD}.{SIGNATURE}",
    "header is no JSON": f"{part(b'{')}.{PAYLOAD}.{SIGNATURE}",
    "header is a list": f"{part([])}.{PAYLOAD}.{SIGNATURE}",
    "signed, no JSON": signed(b"{oops"),
    "signed, no object": signed([1]),
    "unsigned, no JSON": f"{HEADER}.{part(b'{oops')}.{SIGNATURE}",
    "no alg": signed({}, {"typ": "JWT"}),
    "alg none": jwt.encode({"exp": END}, None, algorithm="none"),
    "alg null": signed({}, {"alg": None}),
    "alg of a pair": signed({}, {"alg": "RS256"}),
    "HS256": signed({"exp": END}, algorithm="HS256"),
    "HS384": signed({"exp": END}, algorithm="HS384"),
    "odd kid": signed({}, {"alg": "HS512", "kid": 7}),
    "odd crit": signed({}, {"alg": "HS512", "crit": []}),
    "unknown crit": signed({}, {"alg": "HS512", "crit": ["x"], "x": 1}),
    "payload elsewhere": signed({}, {"alg": "HS512", "b64": False}),
    "another key": signed({"exp": END}, key="another key " * 6),
    "short key": signed({"exp": END}, key="pigeon"),
    "no claims": signed({}),
    "at its end": signed({"exp": int(NOW.timestamp())}),
    "one second left": signed({"exp": int(NOW.timestamp()) + 1}),
    "long ended": signed({"exp": END - 86400 * 40}),
    "not begun": signed({"nbf": END, "exp": END}),
    "from the future": signed({"iat": END}),
    "ended, from the future": signed({"iat": END, "exp": 5}),
    "for the postman": signed({"aud": "the postman", "exp": END}),
    "for several": signed({"aud": ["the postman", "confirm"], "exp": END}),
    "for nobody": signed({"aud": [], "exp": END}),
    "for a number": signed({"aud": 5, "exp": END}),
    "for confirming": signed({"aud": "confirm", "exp": END}),
    "odd sub": signed({"sub": 14}),
    "odd jti": signed({"jti": 14}),
    "pigeons": signed({"name": "Tübchen 🕊", "exp": END}),
    "beyond the calendar": signed({"exp": 10**14}),
    "before the calendar": signed({"exp": -62135596801}),
    "first of the calendar": signed({"exp": -62135596800}),
    **{
        f"exp {value!r}": signed({"exp": value})
        for value in ("soon", str(END), " 1_0 ", None, True, [], 10**30, END + 0.5, 0, -5)
    },
    **{f"nbf {value!r}": signed({"nbf": value}) for value in ("soon", None, True, 10**14)},
    **{f"iat {value!r}": signed({"iat": value}) for value in ("soon", {}, 10**14)},
    "endless exp": signed(b'{"exp": 1e400}'),
}
KEYS = {
    "empty": "",
    "short": "pigeon",
    "another": "x" * 64,
    "pair": "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "ssh": "ssh-rsa AAAA",
    "jwk": '{"keys": [{"kty": "oct", "k": "AAAA"}]}',
    "json": '{"just": "JSON"}',
    "accents": "clé " * 16,
}

RUN = """
const {cases, macs} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const bytes = (hex) => Uint8Array.from(hex.match(/../g), (two) => parseInt(two, 16));
(async () => {
  const out = {verdicts: [], macs: []};
  for (const [token, key, accepted, now, audience] of cases) {
    for (const subtle of [null, globalThis.crypto.subtle]) {
      const found = await judge(readToken(token), key, {accepted, now, audience, subtle});
      const again = await sign(readToken(token), key, subtle).catch((error) => error.message);
      const {payload, problems} = readToken(token);
      const times = timesOf(payload.value, now);
      out.verdicts.push({...found, again, problems: problems.join(" "), times});
    }
  }
  for (const [bits, key, data] of macs) {
    for (const subtle of [null, globalThis.crypto.subtle]) {
      out.macs.push(toHex(await hmac(bits, bytes(key), bytes(data), subtle)).join(""));
    }
  }
  console.log(JSON.stringify(out));
})();
"""


def cases():
    """List the cases: each token with the key, and each key on a good token."""
    tried = [(token, KEY, ("HS512",), None) for token in TOKENS.values()]
    tried += [(GOOD, key, ("HS512",), None) for key in KEYS.values()]
    tried += [(TOKENS["short key"], "pigeon", ("HS512",), None)]
    tried += [(TOKENS[name], KEY, (name,), None) for name in ("HS256", "HS384")]
    tried += [(TOKENS["HS256"], KEY, ("HS512", "HS256"), None)]
    return tried + [
        (TOKENS[name], KEY, ("HS512",), "confirm")
        for name in ("good", "for the postman", "for several", "for a number", "for confirming")
    ]


def macs():
    """List the HMACs to compute: every vector with every hash."""
    return [(bits, *pair) for bits in (256, 384, 512) for pair in RFC_4231 + EDGES]


@pytest.fixture(scope="module")
def from_node():
    """Return node's verdicts on all cases, with the script's own HMAC and the browser's."""
    node = shutil.which("node")
    if not node:
        pytest.skip("There is no node here to run the bench's script.")
    given = {
        "cases": [(t, k, list(a), NOW.timestamp(), aud) for t, k, a, aud in cases()],
        "macs": [(bits, key.hex(), data.hex()) for bits, key, data in macs()],
    }
    script = module.script().partition("// The page:")[0] + RUN
    finished = subprocess.run(
        [node, "-e", script], input=json.dumps(given), capture_output=True, text=True, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_the_verdicts_are_those_of_pyjwt(from_node):
    """For every token and key, the bench accepts what PyJWT accepts, or names its exception."""
    wanted = []
    with time_machine.travel(NOW, tick=False):
        for token, key, algorithms, audience in cases():
            found = examine(token, key, algorithms, audience=audience)
            wanted += [(token, key, found.accepted is True, found.error)] * 2
    verdicts = [(v["accepted"], v["error"]) for v in from_node["verdicts"]]

    assert [(t, k, *one) for (t, k, _, _), one in zip(wanted, verdicts, strict=True)] == wanted


def test_a_short_key_gets_pyjwts_warning(from_node):
    """If a key is too short for the hash, the bench says so and names the RFC."""
    verdicts = dict(zip(cases(), from_node["verdicts"][::2], strict=True))
    short = verdicts[TOKENS["short key"], "pigeon", ("HS512",), None]

    assert (
        short["accepted"] and "6 bytes, where HS512 wants 64 or more (RFC 7518" in short["warning"]
    )
    assert verdicts[GOOD, KEY, ("HS512",), None]["warning"] == ""


def test_a_verdict_names_algorithm_key_and_time(from_node):
    """A verdict names the algorithm, the key and the expiry."""
    print_ = hashlib.sha256(KEY.encode()).hexdigest()[:6]

    assert from_node["verdicts"][0]["text"] == (
        f"Accepted for HS512, the key of {len(KEY)} bytes with fingerprint {print_}: "
        "the signature fits; ends 15:02:00 UTC, in 57 minutes."
    )


@pytest.mark.parametrize(
    "name",
    ["one part", "four parts", "no header", "header is no JSON", "a plus", "signed, no JSON"],
)
def test_bench_and_card_describe_damage_alike(from_node, name):
    """The bench describes a part that does not decode in the same words as the card."""
    place = list(TOKENS).index(name)

    assert from_node["verdicts"][2 * place]["problems"] == take_apart(TOKENS[name], NOW).problem


@pytest.mark.parametrize("name", ["good", "exp 0", "exp -5", "first of the calendar"])
def test_bench_and_card_describe_times_alike(from_node, name):
    """The bench describes a time in the same words as the card."""
    times = from_node["verdicts"][2 * list(TOKENS).index(name)]["times"]
    words = tuple((claim, f"{time['at']}, {time['span']}") for claim, time in times.items())

    assert words == take_apart(TOKENS[name], NOW).times


@pytest.mark.parametrize("name", ["beyond the calendar", "before the calendar", "exp 'soon'"])
def test_a_time_outside_the_calendar_is_no_time(from_node, name):
    """Bench and card both say that a time which Python cannot show is no time."""
    times = from_node["verdicts"][2 * list(TOKENS).index(name)]["times"]

    assert times["exp"]["at"].endswith(" is no time")
    assert dict(take_apart(TOKENS[name], NOW).times)["exp"].endswith(" is no time")


def test_what_is_signed_again_is_good(from_node):
    """PyJWT accepts a token that the bench has signed again."""
    place = list(TOKENS).index("a letter changed")
    again = from_node["verdicts"][2 * place]["again"]

    assert examine(again, KEY, now=NOW).accepted
    assert take_apart(again).claims["confirm_id"] == 1


def test_nothing_is_signed_by_another_algorithm(from_node):
    """The bench refuses to sign with an algorithm that is not an HMAC, and says why."""
    place = list(TOKENS).index("alg of a pair")

    assert 'the header says "RS256"' in from_node["verdicts"][2 * place]["again"]


def test_the_hash_is_that_of_python(from_node):
    """For the vectors of RFC 4231 and block-sized keys, both HMACs equal Python's."""
    wanted = []
    for bits, key, data in macs():
        wanted += [hmac.digest(key, data, f"sha{bits}").hex()] * 2

    assert from_node["macs"] == wanted
    assert JEFE_512 in wanted


def frame(token=GOOD):
    """Return the frame in a bench's display."""
    return unescape(re.search(r'srcdoc="([^"]*)"', as_html(bench(token, now=NOW)))[1])


def test_the_frame_may_run_one_script_and_no_more():
    """The frame has no origin; its policy allows its own script and no loading."""
    source = re.search(r"<script>(.*?)</script>", frame(), re.DOTALL)[1]
    digest = b64encode(hashlib.sha256(source.encode()).digest()).decode()

    assert ' sandbox="allow-scripts" ' in as_html(bench(GOOD))
    assert f"default-src 'none'; script-src 'sha256-{digest}'; " in unescape(frame())


def test_the_script_knows_no_way_out():
    """The script uses nothing that could send or store what is typed."""
    ways = r"fetch|XMLHttp|WebSocket|sendBeacon|Storage|cookie|indexedDB|postMessage|location|\.src"

    assert not re.search(ways, module.script())


def test_a_token_cannot_end_the_script():
    """A token cannot close the script element, whatever it contains."""
    assert "<script>alert" not in frame("</script><script>alert(1)</script>")


def test_a_field_has_a_name():
    """Every field of the bench has a label, and the verdict is read aloud."""
    page = frame()
    fields = re.findall(r'<(?:textarea|input|select) id="(\w+)"', page)

    assert fields == ["raw", "header", "payload", "key", "accepted"]
    assert all(f'<label for="{field}">' in page for field in fields)
    assert 'aria-live="polite"' in page and '<html lang="en">' in page


def test_the_card_is_the_fallback():
    """If the frame is removed, the token's card and a sentence remain."""
    shown = as_html(bench(GOOD, now=NOW))

    assert "Token, taken apart" in shown
    assert ">Run this cell to change the token and try keys on it.</iframe>" in shown
    assert "Run this cell" not in frame()


def test_it_has_a_form_in_plain_text():
    """As plain text, a bench shows the token and how to get the bench."""
    shown = as_text(bench(GOOD, now=NOW))

    assert shown.startswith(as_text(take_apart(GOOD, NOW)))
    assert shown.endswith("run this cell in JupyterLab.")


def test_a_key_is_not_taken():
    """A key given from Python is refused, since the display is saved."""
    with pytest.raises(KitError, match="saved with the notebook"):
        bench(GOOD, KEY)


def test_a_bench_is_one_line():
    """The repr of a bench is one line."""
    assert (
        repr(TokenBench(take_apart(GOOD)))
        == "<TokenBench with <Token HS512, claims: exp, confirm_id>>"
    )


def test_the_clock_can_stand_still():
    """The bench's clock runs, or stops at the time that the cell set."""
    assert bench(GOOD).given["now"] is None
    assert bench(GOOD, now=NOW + timedelta(seconds=1)).given["now"] == NOW.timestamp() + 1


def test_the_bench_takes_no_named_key_either():
    """A key that is given by its name is refused in a sentence, as one without a name."""
    with pytest.raises(KitError, match="takes no key"):
        bench(GOOD, key=KEY)
