extension ByteSlice {
  /// Whether it is one JSON object and nothing else.
  var isJSONObject: Bool {
    var scanner = JSONScanner(self, file: "", line: 0)
    guard firstInvalidUTF8 == nil, scanner.peek() == 0x7B, (try? scanner.skipValue()) != nil else { return false }
    return scanner.peek() == 0 && scanner.position >= count
  }
}

extension String {
  /// As a JSON string, in its quotes.
  var jsonQuoted: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
