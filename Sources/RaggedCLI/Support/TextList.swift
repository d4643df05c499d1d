extension String? {
  /// Parts between commas, without the spaces around them; none for nil. As in CSV a part may stand in double quotes, where
  /// it may hold commas and, doubled, quotes. Empty parts count in quotes alone.
  var list: [String] {
    guard let self else { return [] }
    var parts: [String] = []
    var rest = self[...]
    while true {
      rest = rest.drop(while: \.isWhitespace)
      if rest.first == "\"", let (part, behind) = rest.quotedPart {
        parts.append(part)
        rest = behind
      } else {
        let end = rest.firstIndex(of: ",") ?? rest.endIndex
        var part = rest[..<end]
        while part.last?.isWhitespace == true { part.removeLast() }
        if !part.isEmpty { parts.append(String(part)) }
        rest = rest[end...]
      }
      guard rest.first == "," else { return parts }
      rest = rest.dropFirst()
    }
  }
}

extension Substring {
  /// The part in quotes with which it begins, and what stands behind the comma after it or the end; nil where the quotes are
  /// not closed there.
  fileprivate var quotedPart: (part: String, behind: Substring)? {
    var part = ""
    var rest = dropFirst()
    while let quote = rest.firstIndex(of: "\"") {
      part += rest[..<quote]
      rest = rest[rest.index(after: quote)...]
      if rest.first == "\"" {
        part += "\""
        rest = rest.dropFirst()
        continue
      }
      rest = rest.drop(while: \.isWhitespace)
      return rest.isEmpty || rest.first == "," ? (part, rest) : nil
    }
    return nil
  }
}

extension [String] {
  /// One list of the lists of an option that was given several times, so that no value is lost; nil where it was not given.
  var joinedList: String? {
    guard count > 1 else { return first }
    return flatMap { $0.isEmpty ? [""] : Optional($0).list }.textList
  }
}

extension Collection<String> {
  /// As a list that reads as these parts again.
  var textList: String {
    map { part in
      let isPlain =
        !part.isEmpty && part.first != "\"" && !part.unicodeScalars.contains(",")
        && part.first?.isWhitespace == false && part.last?.isWhitespace == false
      return isPlain ? part : "\"" + part.replacing("\"", with: "\"\"") + "\""
    }.joined(separator: ",")
  }
}
