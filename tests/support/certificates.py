"""A certificate authority for the length of a test."""

import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates that only those trust who ask for `client`."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self, *hosts: str, days: int = 1, password: str = "") -> bytes:
        """Make a certificate for *hosts*, names or addresses, with its key; negative *days* are over."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [
            x509.DNSName(host) if host[-1].isalpha() else x509.IPAddress(ip_address(host))
            for host in hosts
        ]
        signed = (
            _draft(hosts[0], key, self.certificate.subject, days=days)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(_issued_by(self.key), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return _pem(signed) + _pem_of_key(key, password)

    def server(self, host: str, *, days: int = 1) -> ssl.SSLContext:
        """Make a server's context for *host*, see `pem`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "server.pem")
            path.write_bytes(self.pem(host, days=days))
            context.load_cert_chain(path)
        return context

    def own_pem(self) -> bytes:
        """Return the authority's own certificate."""
        return _pem(self.certificate)

    def client(self) -> ssl.SSLContext:
        """Make a client's context that trusts this authority alone."""
        return ssl.create_default_context(cadata=_pem(self.certificate).decode())


@cache
def authority(_number: int = 0) -> Authority:
    """Found the authority, or another one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority.example")])
    certificate = (
        _draft("authority.example", key, name, days=1)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_SIGNS_CERTIFICATES, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


# Python 3.13 refuses authorities that do not say what their key is for.
_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _draft(
    host: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, *, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_of_key(key: ec.EllipticCurvePrivateKey, password: str) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode())
        if password
        else serialization.NoEncryption(),
    )
