/**
 * Certificates for tests, valid for a hundred years. The keys are public and protect nothing:
 *
 *     openssl req -x509 -new -key ca.key -days 36500 -subj "/CN=flowlogs test authority"
 *     openssl x509 -req -in localhost.csr -CA ca.pem -CAkey ca.key -days 36500 (subjectAltName DNS:localhost, IP:127.0.0.1)
 */

/** The server's. */
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
