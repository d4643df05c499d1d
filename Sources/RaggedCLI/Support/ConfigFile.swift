import Foundation
import Ragged
import Yams

/// The entries of a configuration file: a YAML mapping of keys to single values, or to lists of them.
struct ConfigFile {
  typealias Scalar = Node.Scalar

  /// A value with its place.
  struct Entry {
    var key: String
    var line: Int
    /// One scalar, or the scalars of a list; none for null.
    var items: [Node.Scalar] = []
    var form = Form.single
  }

  /// What the value of an entry is made of.
  enum Form {
    case single, list, mapping
  }

  let path: String
  private(set) var entries: [Entry] = []

  /// Bytes of a file that are read at most.
  private static let sizeLimit = 256 << 10
  /// Aliases of a file at most: so few cannot stand for much.
  private static let aliasLimit = 16
  /// Brackets that a file opens at most, which bounds how deep they nest.
  private static let bracketLimit = 200

  /// Whether a list may hold `null`, which is the option left out.
  private let allowsNullInLists: Bool

  /// Reads a file.
  /// - Throws: ``ConfigError`` that says where it is wrong.
  init(path: String, allowsNullInLists: Bool = false) throws {
    self.path = path
    self.allowsNullInLists = allowsNullInLists
    let text = try Self.text(path)
    try checkSize(text)
    let root: Node?
    do {
      root = try compose(yaml: text, .default, .default, .utf8)
    } catch let error as YamlError {
      throw fault(error, in: text)
    }
    guard let root, !root.isNull else { return }
    guard case .mapping(let mapping) = root else {
      throw ConfigError(path, line: root.mark?.line, "expected a key and its value per line: epochs: 10")
    }
    for (name, value) in mapping { try add(name, value) }
  }

  private static func text(_ path: String) throws -> String {
    guard let file = FileHandle(forReadingAtPath: path) else {
      let exists = FileManager.default.fileExists(atPath: path)
      throw ConfigError(path, exists ? "cannot be read" : "no such file", .noInput)
    }
    defer { try? file.close() }
    let data: Data
    do {
      data = try file.read(upToCount: sizeLimit + 1) ?? Data()
    } catch {
      throw ConfigError(path, "cannot be read", .inputOutput)
    }
    guard data.count <= sizeLimit else {
      throw ConfigError(path, "has more than \(sizeLimit.grouped) bytes, which no configuration needs")
    }
    guard let text = String(validating: data, as: UTF8.self) else { throw ConfigError(path, "is not valid UTF-8") }
    return text
  }

  /// Refuses what would grow when it is read.
  private func checkSize(_ text: String) throws {
    var (brackets, aliases) = (0, 0)
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      brackets += line.utf8.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
      guard brackets <= Self.bracketLimit else {
        throw ConfigError(path, line: index + 1, "more than \(Self.bracketLimit) opening brackets")
      }
      var before: Character = " "
      for (place, letter) in zip(line.indices, line) {
        if letter == "*", before.isWhitespace || "[{,:-?".contains(before),
          let next = line[line.index(after: place)...].first, !next.isWhitespace
        {
          aliases += 1
        }
        before = letter
      }
      guard aliases <= Self.aliasLimit else {
        throw ConfigError(path, line: index + 1, "more than \(Self.aliasLimit) aliases (*name)")
      }
    }
  }

  private func fault(_ error: YamlError, in text: String) -> ConfigError {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      ConfigError(path, line: mark.line, "\(problem)\(context.map { " \($0.text)" } ?? "")")
    case .reader(let problem, _, _, _): ConfigError(path, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      twice(keys.first ?? "", first: context.mark.line, in: text)
    default: ConfigError(path, "\(error)")
    }
  }

  /// The parser knows where the first of the keys stands.
  private func twice(_ key: String, first: Int, in text: String) -> ConfigError {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().dropFirst(first)
    let second = lines.first { line in line.element.drop { " \"'{".contains($0) }.hasPrefix(key) }
    return ConfigError(
      path, line: second.map { $0.offset + 1 } ?? first, "key \"\(key)\" stands twice (first on line \(first))")
  }

  private mutating func add(_ name: Node, _ value: Node) throws {
    guard case .scalar(let scalar) = name else {
      throw ConfigError(path, line: name.mark?.line, "a key is a list or a mapping, expected a name")
    }
    // Many write option names with underscores in files.
    let key = scalar.string.replacing("_", with: "-")
    let line = name.mark?.line ?? 1
    if let first = entries.first(where: { $0.key == key }) {
      throw ConfigError(path, line: line, "key \"\(scalar.string)\" stands twice (first on line \(first.line))")
    }
    switch value {
    case .scalar(let scalar):
      entries.append(Entry(key: key, line: line, items: value.isNull ? [] : [scalar]))
    case .sequence(let sequence):
      let items = try sequence.map { item -> Node.Scalar in
        guard case .scalar(let scalar) = item, allowsNullInLists || !item.isNull else {
          throw ConfigError(path, line: item.mark?.line ?? line, "a value in the list of \"\(key)\" is no single value")
        }
        return scalar
      }
      entries.append(Entry(key: key, line: line, items: items, form: .list))
    default: entries.append(Entry(key: key, line: line, form: .mapping))
    }
  }
}

extension Node {
  /// Whether it is the plain word null, ~ or nothing.
  var isNull: Bool {
    guard case .scalar(let scalar) = self else { return false }
    return !scalar.isQuoted && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}

extension Node.Scalar {
  /// Whether it is written in quotes or as a block, and so is a text whatever it looks like.
  var isQuoted: Bool { ![.any, .plain].contains(style) }
}
