/// Rows that a reader of tables can take as values, where they stand behind those it read as text.
///
/// A class, since it moves on.
protocol DirectRows: AnyObject {
  /// Lets the text of rows come one row at a time, so that what was not read as text can be had without it.
  func comeOneByOne()

  /// Adds the rows that come next to a sequence to which the row before them belongs, up to one that has to be looked at
  /// closely, as text.
  /// - Parameters:
  ///   - line: that of the row before them.
  ///   - none: an address for a slice of no bytes.
  /// - Returns: how many were added.
  func add(to sequence: inout TableSequence, _ plan: PlainRow, line: Int, none: UnsafePointer<UInt8>) -> Int
}

/// How many rows are tried at once: fewer where the last ones were not all taken, so that little work is done twice.
struct RowsAtOnce {
  private(set) var count = 256

  /// Takes note of how it went.
  mutating func note(_ taken: Int, of tried: Int) {
    count = taken < tried ? max(4, min(count, 2 * taken)) : min(2 * count, 4096)
  }
}

extension TableSequence {
  /// Adds the rows that come next; see ``DirectRows/add(to:_:line:none:)``.
  mutating func append(
    _ rows: any DirectRows, _ plan: PlainRow, line: Int, none: UnsafePointer<UInt8>
  ) -> Int {
    rows.add(to: &self, plan, line: line, none: none)
  }
}
