/// What the marks between the digits of a cell ask of the form in which its number is written.
struct NumberShape: Hashable {
  /// One way to read a mark: what it asks for, nil where it does not matter.
  struct Need: Hashable {
    var point: UInt8?
    var thousands: UInt8?

    /// Whether numbers of this form are read so.
    func isMet(by form: NumberForm) -> Bool {
      (point == nil || point == form.point) && (thousands == nil || thousands == form.thousands)
    }
  }

  /// Every way to read the cell; none where it has no mark, so that every form reads it.
  private(set) var readings: [Need] = []

  /// Whether the cell can be read in two ways, as `1,234` can.
  var isAmbiguous: Bool { readings.count > 1 }

  /// Whether numbers of this form include the cell.
  func fits(_ form: NumberForm) -> Bool { readings.isEmpty || readings.contains { $0.isMet(by: form) } }

  /// nil where a cell is no number in any form.
  init?(_ cell: ByteSlice) {
    let text = cell.trimmed
    var index = 0
    if index < text.count, text[index] == 0x2B || text[index] == 0x2D { index += 1 }
    let first = index
    var groups = [0]
    var marks: [UInt8] = []
    while index < text.count {
      if text[index] &- 0x30 <= 9 {
        groups[groups.count - 1] += 1
        index += 1
        continue
      }
      guard let (mark, width) = NumberShape.mark(text, at: index) else { break }
      index += width
      marks.append(mark)
      groups.append(0)
      if marks.count > 12 { return nil }
    }
    guard groups.contains(where: { $0 > 0 }) else { return nil }
    let hasExponent = index < text.count
    if hasExponent, !NumberShape.isExponent(text, at: index) { return nil }
    guard let last = marks.last else { return }
    let isDecimal = last == 0x2C || last == 0x2E
    // Thousands are parted from the first group on, which does not begin with a zero.
    let isGrouped =
      (1...3).contains(groups[0]) && text[first] != 0x30 && groups.dropFirst().dropLast().allSatisfy { $0 == 3 }
    let endsWithThousand = groups[groups.count - 1] == 3 && !hasExponent
    if marks.count == 1 {
      if isDecimal { readings.append(Need(point: last)) }
      if isGrouped, endsWithThousand { readings.append(Need(thousands: last)) }
      if readings.isEmpty { return nil }
      return
    }
    guard isGrouped, Set(marks.dropLast()).count == 1 else { return nil }
    if marks[0] == last {
      guard endsWithThousand else { return nil }
      readings = [Need(thousands: last)]
    } else {
      guard isDecimal else { return nil }
      readings = [Need(point: last, thousands: marks[0])]
    }
  }

  /// The mark at a place, and its bytes.
  private static func mark(_ text: ByteSlice, at index: Int) -> (UInt8, width: Int)? {
    for mark: UInt8 in [0x2C, 0x2E, 0x20, 0x27] {
      let width = NumberForm.width(of: mark, text, at: index)
      if width > 0 { return (mark, width) }
    }
    return nil
  }

  private static func isExponent(_ text: ByteSlice, at start: Int) -> Bool {
    guard text[start] | 0x20 == 0x65 else { return false }
    var index = start + 1
    if index < text.count, text[index] == 0x2B || text[index] == 0x2D { index += 1 }
    guard index < text.count else { return false }
    return (index..<text.count).allSatisfy { text[$0] &- 0x30 <= 9 }
  }
}

extension NumberForm {
  /// Every form that there is, those without marks between thousands first.
  static let all: [NumberForm] = {
    let (point, comma): (UInt8, UInt8) = (0x2E, 0x2C)
    return [
      NumberForm(point: point), NumberForm(point: comma), NumberForm(point: point, thousands: comma),
      NumberForm(point: comma, thousands: point), NumberForm(point: point, thousands: 0x20),
      NumberForm(point: comma, thousands: 0x20), NumberForm(point: point, thousands: 0x27),
      NumberForm(point: comma, thousands: 0x27),
    ]
  }()
}
