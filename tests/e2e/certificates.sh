# shellcheck shell=bash
# Sourced: an authority of one's own, and servers' certificates by it.

certificate_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)

# make_authority PATH: makes PATH.pem and PATH.key.
make_authority() {
  openssl req -x509 "${certificate_key[@]}" -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=Fabrikam $(basename "$1")" 2>/dev/null
}

# make_certificate AUTHORITY HOST DIRECTORY: makes server.pem and server.key there.
make_certificate() {
  openssl req "${certificate_key[@]}" -keyout "$3/server.key" -out "$3/server.csr" -subj "/CN=$2" 2>/dev/null
  printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n' "$2" >"$3/extensions"
  openssl x509 -req -in "$3/server.csr" -CA "$1.pem" -CAkey "$1.key" -CAcreateserial -days 2 -extfile "$3/extensions" \
    -out "$3/server.pem" 2>/dev/null
  # The server is nobody in particular, and the key is for two days.
  chmod 755 "$3"
  chmod 644 "$3/server.key"
}
