/// What the targets of the first objects of a JSON Lines file are, so that none decides alone.
struct JSONTargetEvidence {
  private var texts = 0
  private var scalars = 0
  private var arrays = 0
  private var hasReal = false
  private var hasFraction = false
  private var hasNested = false
  /// Arrays with as many elements as their sequence has timesteps.
  private var fitting = 0
  private var width: Int?
  private var hasOneWidth = true

  /// Looks at the target that comes next, of a sequence of `length` timesteps.
  mutating func add(_ scanner: inout JSONScanner, length: Int) throws {
    switch scanner.peek() {
    case 0x6E: return
    case 0x5B: break
    default:
      scalars += 1
      return try addScalar(&scanner)
    }
    var count = 0
    try scanner.eachElement { element in
      count += 1
      if element.peek() == 0x5B {
        hasNested = true
        _ = try element.skipValue()
      } else {
        try addScalar(&element)
      }
    }
    // An empty array fits a sequence without timesteps, and says nothing of others.
    guard count > 0 else { return }
    arrays += 1
    if count == length { fitting += 1 }
    hasOneWidth = hasOneWidth && count == width ?? count
    width = count
  }

  private mutating func addScalar(_ scanner: inout JSONScanner) throws {
    _ = scanner.peek()
    let start = scanner.position
    _ = try scanner.skipValue()
    var end = start
    guard let number = DecimalNumber(scanner.bytes, at: &end) else {
      texts += 1
      return
    }
    if !number.isInteger { hasReal = true }
    if !number.isWhole { hasFraction = true }
  }

  /// What the targets are; nil where there is none that tells.
  /// - Parameter hasClasses: whether the classes are declared.
  func kind(hasClasses: Bool) -> TargetKind? {
    let isClass = hasClasses || texts > 0 || !hasReal
    if scalars > 0, scalars >= arrays { return isClass ? .classPerSequence : .valuesPerSequence }
    guard arrays > 0 else { return nil }
    if hasNested { return .valuesPerTimestep }
    let isPerTimestep = texts > 0 || fitting == arrays || (!hasOneWidth && 2 * fitting >= arrays)
    guard isPerTimestep else { return .valuesPerSequence }
    return isClass ? .classPerTimestep : .valuesPerTimestep
  }

  /// Whether classes are so because their targets are whole numbers.
  var hasWholeNumbers: Bool { texts == 0 && !hasReal && scalars + arrays > 0 }
  /// Whether values are whole numbers that are written with a point or an exponent.
  var hasWholeReals: Bool { texts == 0 && hasReal && !hasFraction && !hasNested }
}
