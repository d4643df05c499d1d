import Foundation
import RaggedCore

/// How the value of an attribute of an event log is given.
enum XESType {
  case text, date, number, boolean

  /// nil for what holds other attributes.
  init?(_ element: ByteSlice) {
    switch element.text {
    case "string", "id": self = .text
    case "date": self = .date
    case "int", "float": self = .number
    case "boolean": self = .boolean
    default: return nil
    }
  }
}

/// What attributes belong to.
enum XESPart { case trace, event }

/// Takes the traces and events of a log.
protocol XESSink: AnyObject {
  func begin(_ part: XESPart, line: Int) throws
  func add(_ type: XESType, key: ByteSlice, value: ByteSlice, to part: XESPart, line: Int) throws
  func end(_ part: XESPart, line: Int) throws
  /// Takes note of what has no column of ours.
  func leaveOut(_ what: XESLeftOut)
}

/// What is not imported of a log.
enum XESLeftOut: Hashable {
  /// A list or container of attributes, by its key.
  case list(String)
  /// Attributes of an attribute, by the key of that one.
  case nested(String)
  /// An attribute of the log.
  case ofLog(String)
  case classifier
  /// An event that no trace holds.
  case event
  /// An element that XES does not have.
  case unknown(String)
}

/// Walks through the elements of a log.
final class XESVisitor: XMLVisitor {
  private let sink: any XESSink
  private let file: String
  private var depth = 0
  /// The depth of the element whose contents are passed over, and what to note of attributes among these.
  private var passed: (depth: Int, note: XESLeftOut?)?

  init(_ sink: any XESSink, file: String) { (self.sink, self.file) = (sink, file) }

  /// Whether the log has begun.
  private(set) var hasLog = false

  func begin(_ name: ByteSlice, _ attributes: XMLAttributes, line: Int) throws {
    depth += 1
    if let passed {
      if let note = passed.note, attributes["key"] != nil {
        sink.leaveOut(note)
        self.passed?.note = nil
      }
      return
    }
    switch depth {
    case 1:
      guard name.isWord("log") else { throw fault(line, "begins with <\(name.text)>, expected <log>") }
      hasLog = true
    case 2 where name.isWord("trace"): try sink.begin(.trace, line: line)
    case 3 where name.isWord("event"): try sink.begin(.event, line: line)
    case 2: passOver(name, attributes)
    case 3: try take(name, attributes, of: .trace, line)
    default: try take(name, attributes, of: .event, line)
    }
  }

  func end(line: Int) throws {
    defer { depth -= 1 }
    if let passed {
      if passed.depth == depth { self.passed = nil }
      return
    }
    if depth == 3 { try sink.end(.event, line: line) }
    if depth == 2 { try sink.end(.trace, line: line) }
  }

  /// An element of the log itself.
  private func passOver(_ name: ByteSlice, _ attributes: XMLAttributes) {
    passed = (depth, nil)
    let text = name.text
    switch text {
    case "extension", "global": break
    case "classifier": sink.leaveOut(.classifier)
    case "event": sink.leaveOut(.event)
    default: sink.leaveOut(attributes["key"].map { .ofLog($0.text) } ?? .unknown(text))
    }
  }

  private func take(_ name: ByteSlice, _ attributes: XMLAttributes, of part: XESPart, _ line: Int) throws {
    guard let key = attributes["key"], !key.isEmpty else {
      passed = (depth, nil)
      return sink.leaveOut(.unknown(name.text))
    }
    guard let type = XESType(name) else {
      passed = (depth, nil)
      return sink.leaveOut(name.isWord("list") || name.isWord("container") ? .list(key.text) : .unknown(name.text))
    }
    guard let value = attributes["value"] else {
      throw fault(line, "attribute \(key.text.quotedForMessage) has no value")
    }
    try sink.add(type, key: key, value: value, to: part, line: line)
    passed = (depth, .nested(key.text))
  }

  private func fault(_ line: Int, _ problem: String) -> InputError {
    InputError(file: file, line: line, problem: problem, isFatal: true)
  }
}

extension ByteSlice {
  fileprivate func isWord(_ word: StaticString) -> Bool {
    count == word.utf8CodeUnitCount && memcmp(base, word.utf8Start, count) == 0
  }
}
