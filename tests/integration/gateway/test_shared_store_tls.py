"""Redis over TLS: a real server behind a certificate of an own authority, which alone is believed."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from valkey_server import PASSWORD

from finsage.platform.settings import InvalidSetting, load_settings
from finsage.platform.shared.errors import SharedStoreUnavailable
from finsage.platform.shared.opening import ask_once, open_shared_store

pytest.importorskip("finsage.platform.shared.store", reason="the client is in the extra redis")
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("patience")]


class Authority:
    """An authority of one's own, and a certificate for localhost that it signed, as files."""

    def __init__(self, folder) -> None:
        folder.mkdir()
        self.file, self.pair = folder / "ca.pem", folder / "server.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, folder.name)])
        mine = self._certificate(name, name, key.public_key(), x509.BasicConstraints(ca=True, path_length=0))
        self.file.write_bytes(mine.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        theirs = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "redis")])
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        signed = self._certificate(name, subject, theirs.public_key(), names).sign(key, hashes.SHA256())
        secret = theirs.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.pair.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + secret)

    @staticmethod
    def _certificate(issuer, subject, key, extension):
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
            .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1)).add_extension(extension, critical=False)
        )  # fmt: skip


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture
async def port(valkey, ours):
    """Where TLS ends in front of the server: the one of the wheel is built without it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ours.pair)
    passing = set()

    async def pass_on(source, target):
        try:
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()

    async def accept(reader, writer):
        theirs, to_them = await asyncio.open_connection("127.0.0.1", valkey.port)
        passing.update(asyncio.create_task(pass_on(*ends)) for ends in ((reader, to_them), (theirs, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context) as front:
        yield front.sockets[0].getsockname()[1]
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)


def settings(folder, port, ca_file, host="localhost"):
    url = f"rediss://default:{PASSWORD}@{host}:{port}/0"
    return load_settings({}, data_dir=folder, redis_url=url, redis_ca_file=ca_file)


async def test_what_is_put_over_tls_is_got_back_and_connections_share_what_they_check_by(port, ours, tmp_path):
    store = open_shared_store(settings(tmp_path, port, ours.file))
    await store.put(b"finsage:tls", b"here", seconds=10)
    assert await asyncio.gather(*(store.get(b"finsage:tls") for _ in range(8))) == [b"here"] * 8
    idle = store._client.connection_pool._available_connections
    assert len(idle) > 1
    assert len({id(connection._connection_arguments()["ssl"]) for connection in idle}) == 1
    await store.aclose()


@pytest.mark.parametrize("by", ["another authority", "that of the system", "another name"])
async def test_a_server_that_cannot_show_who_it_is_is_left_alone_and_that_is_told(
    port, ours, tmp_path, monkeypatch, by
):
    # What the system trusts does not count beside an own authority.
    if by == "another authority":
        monkeypatch.setenv("SSL_CERT_FILE", str(ours.file))
    own = {"another authority": Authority(tmp_path / "theirs").file, "another name": ours.file}.get(by)
    host = "127.0.0.1" if by == "another name" else "localhost"
    with pytest.raises(SharedStoreUnavailable, match="certificate verify failed"):
        await ask_once(settings(tmp_path, port, own, host))


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_a_file_that_holds_no_authority_is_refused_at_the_start(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidSetting, match="FINSAGE_REDIS_CA_FILE"):
        open_shared_store(settings(tmp_path, 6379, path))
