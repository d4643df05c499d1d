/// Which cell of its column a target is, seen from the timestep that it belongs to: what stands behind the `@` of a target's
/// name, such as `activity@1`.
///
/// A timestep knows what came up to it, so a cell that lies later is no part of what its model is given, and a column may be
/// both input and target. The last timesteps of a sequence have nothing that lies so far behind them: they are computed as
/// the others are and have no target, which means no loss, and they are not judged. Timesteps that are not valid are not
/// counted, as a model does not see them.
public enum TargetReach: Sendable, Equatable {
  /// The timestep's own cell, or, of a column per sequence, the sequence's: a name without an `@`.
  case own
  /// Cells that are this number of valid timesteps later, a target for each: `sales@1`, `sales@1..12`.
  case later(ClosedRange<Int>)
  /// The cell of its sequence, asked at every timestep: `outcome@every`.
  case every

  /// Timesteps that a target may lie ahead at most.
  public static let limit = 100_000

  /// Reads a name: what stands before its last `@`, and what is behind it; nil where there is no `@`.
  /// - Throws: ``RaggedCoreError`` for what is no number of timesteps, no range of them and not `every`.
  static func split(_ name: String) -> (column: String, reach: Result<TargetReach, RaggedCoreError>)? {
    guard let mark = name.lastIndex(of: "@") else { return nil }
    let (column, words) = (String(name[..<mark]), String(name[name.index(after: mark)...]))
    guard words != "every" else { return (column, .success(.every)) }
    let ends = words.split(separator: "..", maxSplits: 1, omittingEmptySubsequences: false).map { Self.step($0) }
    guard let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 1, first <= last, last <= limit else {
      let problem =
        "\"\(name)\": expected a number of timesteps from 1 to \(limit) behind the @ (\"\(column)@1\"), a range of them "
        + "(\"\(column)@1..12\"), or \"\(column)@every\" for what belongs to the sequence"
      return (column, .failure(RaggedCoreError(.wrongColumn, problem)))
    }
    return (column, .success(.later(first...last)))
  }

  private static func step(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
  }

  /// How many timesteps later each of the targets lies.
  var steps: ClosedRange<Int> { if case .later(let steps) = self { steps } else { 0...0 } }

  /// Whether it lies later than the timestep.
  var isLater: Bool { if case .later = self { true } else { false } }

  /// The columns that are the target, made of one per timestep or per sequence.
  /// - Parameter made: the column itself, or what is derived from it.
  /// - Throws: ``RaggedCoreError`` for a column that has no such cells.
  func targets(of column: Column, made: [Column]) throws -> [Column] {
    switch self {
    case .own: return made
    case .every:
      guard column.extent == .sequence else {
        throw RaggedCoreError(
          .wrongColumn,
          "column \"\(column.name)\" is \(column.summary), which every timestep has already: expected a column per "
            + "sequence before @every")
      }
      return made.map { column in
        var column = column
        column.name += "@every"
        column.extent = .timestep
        return column
      }
    case .later(let steps):
      guard column.extent == .timestep else {
        throw RaggedCoreError(
          .wrongColumn,
          "column \"\(column.name)\" is \(column.summary), of which no timestep has a later one: expected a column per "
            + "timestep before @\(steps.lowerBound), or \"\(column.name)@every\"")
      }
      guard column.kind != .category || steps.count == 1 else {
        throw RaggedCoreError(
          .wrongColumn,
          "\"\(column.name)@\(steps.lowerBound)..\(steps.upperBound)\" is \(steps.count) categories per timestep, "
            + "expected one: \"\(column.name)@\(steps.lowerBound)\"")
      }
      return made.flatMap { column in
        steps.map { step in
          var column = column
          column.name += "@\(step)"
          return column
        }
      }
    }
  }

  /// Of each timestep the one that is some valid timesteps later in the same sequence; nil stands for none, and for
  /// timesteps that are not valid. O(N).
  /// - Parameter offsets: where each sequence begins, `[B + 1]`.
  package static func later(_ step: Int, offsets: [Int], validity: [Bool]?) -> [Int?] {
    var found = [Int?](repeating: nil, count: offsets[offsets.count - 1])
    var valid: [Int] = []
    for (first, end) in zip(offsets, offsets.dropFirst()) {
      guard let validity else {
        for n in first..<max(first, end - step) { found[n] = n + step }
        continue
      }
      valid.removeAll(keepingCapacity: true)
      valid.append(contentsOf: (first..<end).lazy.filter { validity[$0] })
      for (n, later) in zip(valid, valid.dropFirst(step)) { found[n] = later }
    }
    return found
  }
}

extension String {
  /// Whether it has the form of a target that lies later than its timestep: `activity@1`.
  package var namesLaterCells: Bool { (try? TargetReach.split(self)?.reach.get())?.isLater == true }
}
