import Foundation

/// A name that a file gives (of a key, a split, a class, a token, a feature, a group, a dataset) as what distinguishes it
/// from others: its UTF-8 bytes.
///
/// To `String` two texts are equal where Unicode calls them canonically equivalent: `é` in one code point and in two, `K`
/// and the sign for Kelvin. To a file, and to SQLite, they are two. Whatever looks names up, counts or compares them does it
/// by this type, so that what is two in a file is two in memory.
public struct ExactName: Hashable, Comparable, Sendable {
  /// The name as the file gives it.
  public let text: String

  /// Keeps the text byte for byte; it is not normalised.
  public init(_ text: String) { self.text = text }

  /// Whether the bytes are the same.
  public static func == (left: ExactName, right: ExactName) -> Bool { left.text.isExactly(right.text) }

  /// The order of the bytes, which is SQLite's.
  public static func < (left: ExactName, right: ExactName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  /// Hashes the UTF-8 bytes, which equality compares. O(bytes).
  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(0xFF as UInt8)
  }
}

extension String {
  /// Whether the bytes of two names are the same. See ``ExactName``.
  public func isExactly(_ other: String) -> Bool {
    var (name, other) = (self, other)
    return name.withUTF8 { bytes in
      other.withUTF8 { others in
        guard let first = bytes.baseAddress, let second = others.baseAddress, bytes.count == others.count else {
          return bytes.isEmpty && others.isEmpty
        }
        return memcmp(first, second, bytes.count) == 0
      }
    }
  }
}

extension Sequence<String> {
  /// Whether a name is one of these, by its bytes. O(n).
  public func containsExactly(_ name: String) -> Bool { contains { $0.isExactly(name) } }

  /// Whether these are the same names in the same order, by their bytes. O(bytes).
  public func areExactly(_ others: some Sequence<String>) -> Bool { elementsEqual(others) { $0.isExactly($1) } }

  /// The names as what distinguishes them.
  public var exactNames: Set<ExactName> { Set(map(ExactName.init)) }
}

extension Collection<String> {
  /// Where a name stands first, by its bytes. O(n).
  public func firstIndex(exactly name: String) -> Index? { firstIndex { $0.isExactly(name) } }

  /// The first position of each name, counted from `first`. O(n).
  public func positions(from first: Int32 = 0) -> [ExactName: Int32] {
    Dictionary(zip(lazy.map(ExactName.init), first...), uniquingKeysWith: { first, _ in first })
  }
}
