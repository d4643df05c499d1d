import RaggedCore

/// Names that get indices as they come, told apart by their bytes.
package struct NameTable: Sendable {
  /// In the order of their indices.
  package private(set) var names: [String]
  private var indices: [ExactName: Int32]
  private let firstIndex: Int32

  /// The names that have indices from `firstIndex` on.
  package init(_ names: [String], firstIndex: Int32 = 0) {
    self.names = names
    self.firstIndex = firstIndex
    indices = names.positions(from: firstIndex)
  }

  /// The index of a name, nil where it is not in the table.
  package func index(_ name: String) -> Int32? { indices[ExactName(name)] }

  /// The index of a name, which is added where it is new.
  package mutating func index(adding name: String) -> Int32 {
    if let index = indices[ExactName(name)] { return index }
    let index = firstIndex + Int32(names.count)
    indices[ExactName(name)] = index
    names.append(name)
    return index
  }

  /// Takes the names out again that were added after the first `count`.
  mutating func removeAll(behind count: Int) {
    guard names.count > count else { return }
    for name in names[count...] { indices[ExactName(name)] = nil }
    names.removeLast(names.count - count)
  }
}
