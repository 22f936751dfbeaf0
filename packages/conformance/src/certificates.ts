/**
 * Certificates for tests, valid for a hundred years. The keys are public and protect nothing:
 *
 *     openssl req -x509 -new -key ca.key -days 36500 -subj "/CN=flowlogs test authority"
 *     openssl x509 -req -in localhost.csr -CA ca.pem -CAkey ca.key -days 36500 (subjectAltName DNS:localhost, IP:127.0.0.1)
 */

/** The authority that signed the two others. */
export const authority = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUPFhNkeoxZ/aLsDQSqWkKogX1utcwCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXZmxvd2xvZ3MgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIyMDY1
NTIzWhgPMjEyNjEwMjkwNjU1MjNaMCIxIDAeBgNVBAMMF2Zsb3dsb2dzIHRlc3Qg
YXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEamKYGD6EV+FG3A1e
ms21hd5wHBFknHyidcp4wTJs/4KnSPOBbiHEFRaNL4059b2CAoyQNV9GBj1zTBU1
94fLtqNTMFEwHQYDVR0OBBYEFLyv5n8GaKTTd0fxCWnWE5c4mGeNMB8GA1UdIwQY
MBaAFLyv5n8GaKTTd0fxCWnWE5c4mGeNMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSAAwRQIhAPOMkrqrcbU5Vs6wIfdRpqDxCu1PaJYgGdn2ZMZl+JRmAiBT
hjjNWiWSXNAVvVBxL+T0bfP6uomx1KEmeOfh3lVJRg==
-----END CERTIFICATE-----
`

/** A server's. */
export const localhost: { readonly cert: string; readonly key: string } = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmDCCAT6gAwIBAgIUC5j64Azf+CR4MOj26nnNXhhYdHkwCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXZmxvd2xvZ3MgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIyMDY1
NTIzWhgPMjEyNjEwMjkwNjU1MjNaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABH45Wk3hRYhm/PhjhOVjvnYZPKRfoNNzwH2S
04jLXvJamwJsbt38O58IohPcCxaF451vvAeYckNWqHqsGKQ62YejXjBcMBoGA1Ud
EQQTMBGCCWxvY2FsaG9zdIcEfwAAATAdBgNVHQ4EFgQUsghprZZo3i8gmDNpIg+8
TkAI0FQwHwYDVR0jBBgwFoAUvK/mfwZopNN3R/EJadYTlziYZ40wCgYIKoZIzj0E
AwIDSAAwRQIgaKnd56JqIv/b9/eR5LrjR2CcdJpZSZ3b8AwuikEkKwECIQDpnU2P
2lm/EnnFOwNhFVCRBri1RulfHdBMld1RXSbmwg==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIFm9rlv1SNmw828dfBuo+unbiZjtRBjf0Ip1dKdPCaGZoAoGCCqGSM49
AwEHoUQDQgAEfjlaTeFFiGb8+GOE5WO+dhk8pF+g03PAfZLTiMte8lqbAmxu3fw7
nwiiE9wLFoXjnW+8B5hyQ1aoeqwYpDrZhw==
-----END EC PRIVATE KEY-----
`,
}

/** A client's. */
export const client: { readonly cert: string; readonly key: string } = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUC5j64Azf+CR4MOj26nnNXhhYdHowCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXZmxvd2xvZ3MgdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIyMDY1
NTIzWhgPMjEyNjEwMjkwNjU1MjNaMBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABISvyJ5FmoxAgTcUzvTPTfdgxgVISxw8PAMCJ5te
p4kxMOBqpPza+aGxjfo2VZyMZIj4UuUtSnJTVkOMx2+UT6+jXjBcMBoGA1UdEQQT
MBGCCWxvY2FsaG9zdIcEfwAAATAdBgNVHQ4EFgQUZpji+ZMyJ17slqDUFcNaEHif
DfAwHwYDVR0jBBgwFoAUvK/mfwZopNN3R/EJadYTlziYZ40wCgYIKoZIzj0EAwID
RwAwRAIgL+gzkMz24Lm9jqBBM3FBxeYcecFEN0kdP/F6pqoisEkCIBoCdsak/YZu
10J9EMvmZCd5TJUcwJweRABfxa9KSK/a
-----END CERTIFICATE-----
`,
  key: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIF0sMyk680a+ajAmpvS9ICDqtBe97KfnnjYSrDSQRdIvoAoGCCqGSM49
AwEHoUQDQgAEhK/InkWajECBNxTO9M9N92DGBUhLHDw8AwInm16niTEw4Gqk/Nr5
obGN+jZVnIxkiPhS5S1KclNWQ4zHb5RPrw==
-----END EC PRIVATE KEY-----
`,
}
