#!/usr/bin/env bash
# Trains on three "hosts": network namespaces of this machine with host names of their own, joined by a bridge, so that mpirun and the
# ranks speak over TCP. Compares the checkpoints with that of one rank, then slows a link down, drops packets, and takes a link away.
#
#   Tests/several-hosts.sh .build/debug/ragged
#
# As root, with Open MPI, iproute2 and Python 3. Leaves nothing behind.
set -euo pipefail
ragged=$(realpath "$1")
work=$(mktemp -d)
export RAGGED_RANK_PATIENCE=600 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
hosts="1 2 3"
bridge=rgbr$$

cleanup() {
  for host in $hosts; do
    ip netns pids "rg$$-$host" 2> /dev/null | xargs -r kill -9 2> /dev/null || true
    ip netns del "rg$$-$host" 2> /dev/null || true
    ip link del "rgv$$-$host" 2> /dev/null || true
  done
  ip link del "$bridge" 2> /dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

ip link add "$bridge" type bridge
ip link set "$bridge" up
for host in $hosts; do
  ip netns add "rg$$-$host"
  ip link add "rgv$$-$host" type veth peer name eth0 netns "rg$$-$host"
  ip link set "rgv$$-$host" master "$bridge" up
  ip -n "rg$$-$host" addr add "10.77.0.$host/24" dev eth0
  ip -n "rg$$-$host" link set eth0 up
  ip -n "rg$$-$host" link set lo up
done

# What a launcher does by ssh: a command on another host, here a namespace.
cat > "$work/agent" << END
#!/bin/sh
host=\${1##*.}
shift
exec ip netns exec rg$$-\$host unshare --uts sh -c "hostname host\$host; \$*"
END
chmod +x "$work/agent"

on_hosts() {
  ip netns exec "rg$$-1" unshare --uts sh -c 'hostname host1; exec "$@"' sh \
    mpirun --host 10.77.0.1,10.77.0.2,10.77.0.3 -n 3 --bind-to none \
    --mca plm_rsh_agent "$work/agent" --mca btl self,tcp --mca btl_tcp_if_include 10.77.0.0/24 \
    --mca oob_tcp_if_include 10.77.0.0/24 --mca orte_keep_fqdn_hostnames 1 -x RAGGED_RANK_PATIENCE "$@"
}

cat > "$work/same.py" << 'END'
import json, struct, sys
def read(path):
    data = open(path, "rb").read()
    length, = struct.unpack("<I", data[12:16])
    def timeless(value):
        if isinstance(value, dict):
            return {k: timeless(v) for k, v in value.items() if k not in ("seconds", "partialSeconds")}
        return [timeless(v) for v in value] if isinstance(value, list) else value
    return timeless(json.loads(data[16:16 + length])), data[16 + length:-8]
sys.exit(0 if read(sys.argv[1]) == read(sys.argv[2]) else "the checkpoints differ")
END

cd "$work"
python3 - << 'END' > readings.csv
print("id,t,ax,ay,label")
for n in range(300):
    for t in range(3 + n % 7):
        print(f"s{n},{t},{(-1 if n % 2 == 0 else 1) * (1 + (n * 7 + t * 3) % 10 / 10)},{(n * 13 + t * 29) % 100},{'ab'[n % 2]}")
END
"$ragged" import s.sqlite readings.csv --split 0.8,0.2 -q
options=(train s.sqlite -m 'lstm(16, dropout=0.1)' --batch-size 64 --validation-split test -e 4 -q --no-record)
"$ragged" "${options[@]}" -o alone

echo "three hosts"
on_hosts "$ragged" "${options[@]}" -o hosts
python3 same.py alone.last.ragged hosts.last.ragged

if tc -n "rg$$-2" qdisc add dev eth0 root netem delay 5ms loss 1% 2> /dev/null; then
  echo "a slow link that loses packets"
  on_hosts "$ragged" "${options[@]}" -o slow
  python3 same.py alone.last.ragged slow.last.ragged
  tc -n "rg$$-2" qdisc del dev eth0 root
else
  echo "left out: this kernel has no netem to slow a link down with"
fi

# mpirun itself may wait for the lost host for long; the ranks do not.
echo "a link that goes away"
export RAGGED_RANK_PATIENCE=5
on_hosts "$ragged" train s.sqlite -m 'lstm(16)' --batch-size 64 -e 100000 -q --no-record -o lost > lost.out 2>&1 &
for _ in $(seq 60); do [ -e lost.last.ragged ] && break || sleep 0.5; done
ip -n "rg$$-3" link set eth0 down
for _ in $(seq 60); do grep -q "ragged: error" lost.out && break || sleep 0.5; done
grep "ragged: error" lost.out
python3 same.py lost.last.ragged lost.last.ragged
echo "all is well"
