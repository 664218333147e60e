"""Running other people's JavaScript, from `tests/peers`."""

import asyncio
import json
from pathlib import Path
from typing import Any

PEERS = Path(__file__).parent.parent / "peers"


async def run_node(script: str, *arguments: object) -> Any:
    """What a script says: it finds its arguments in `given`, calls `say` once, and may `require` what is installed."""
    preamble = f"const given = {json.dumps(arguments)}; const say = (value) => console.log(JSON.stringify(value));"
    process = await asyncio.create_subprocess_exec(
        "node", "-e", preamble + script, cwd=PEERS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return json.loads(said)
