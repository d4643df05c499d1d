#!/usr/bin/env bash
# Makes the Swift code anew after a change of a message. Wants protoc 3.21 or later, and protoc-gen-swift of the version
# of swift-protobuf that Package.swift names: in a clone of it, `swift build -c release --product protoc-gen-swift`.
set -euo pipefail
cd "$(dirname "$0")"
protoc --plugin="${1:-protoc-gen-swift}" --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true --swift_out=.. ./*.proto
