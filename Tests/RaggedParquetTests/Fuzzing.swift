import Foundation
import RaggedParquet

/// A generator of repeatable numbers (SplitMix64).
struct Numbers: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

/// Rounds of fuzzing: some of a fixed seed, or with `PARQUET_FUZZ_SECONDS` as many as there is time for, of another seed each
/// time, which is printed first: `PARQUET_FUZZ_SEED` begins with it again.
struct FuzzLoop {
  let name: String
  let rounds: Int
  private let seconds: Double?
  private let seed: UInt64

  /// - Parameter share: Among how many loops the time is shared.
  init(_ name: String, seed: UInt64, rounds: Int, share: Int) {
    let environment = ProcessInfo.processInfo.environment
    (self.name, self.rounds) = (name, rounds)
    seconds = environment["PARQUET_FUZZ_SECONDS"].flatMap(Double.init).map { $0 / Double(share) }
    self.seed =
      environment["PARQUET_FUZZ_SEED"].flatMap(UInt64.init) ?? (seconds == nil ? seed : .random(in: 0 ... .max))
  }

  @discardableResult
  func run(_ round: (inout Numbers) throws -> Void) rethrows -> Int {
    if seconds != nil { print("fuzzing \(name), seed \(seed)") }
    var numbers = Numbers(seed: seed)
    let end = Date(timeIntervalSinceNow: seconds ?? 0)
    var done = 0
    while done < rounds || (seconds != nil && Date() < end) {
      try round(&numbers)
      done += 1
    }
    if seconds != nil { print("fuzzed \(name): \(done) files") }
    return done
  }
}

/// Limits under which a file that lies is refused soon.
var fuzzingOptions: ParquetOptions {
  var options = ParquetOptions()
  options.limits.pageBytes = 1 << 22
  options.limits.batchBytes = 1 << 22
  options.limits.batchSlots = 1 << 18
  options.verifiesChecksums = false
  return options
}

/// Reads all of a file, or as much of it as makes sense; returns the error. Anything but a ``ParquetError`` is a fault.
@discardableResult
func readAll(_ bytes: [UInt8], rows: Int? = nil) throws -> ParquetError? {
  do {
    let file = try ParquetFile(ParquetBytes(bytes), fuzzingOptions)
    let batches = file.batches(rows: rows)
    // Runs of equal values can stand for any number of rows.
    var (rowsLeft, valuesLeft) = (50_000, 20_000)
    while rowsLeft > 0, let batch = try batches.next() {
      rowsLeft -= batch.rowCount
      for column in batch.columns { check(column) }
      for row in 0..<min(batch.rowCount, 20) where valuesLeft > 0 {
        for field in file.schema.fields { valuesLeft -= count(try batch.value(field, row: row)) }
      }
    }
    return nil
  } catch let error as ParquetError {
    _ = error.description
    return error
  }
}

private func count(_ value: ParquetValue) -> Int {
  switch value {
  case .list(let elements): 1 + elements.reduce(0) { $0 + count($1) }
  case .record(let fields): 1 + fields.reduce(0) { $0 + count($1.value) }
  case .map(let pairs): 1 + pairs.reduce(0) { $0 + count($1.key) + count($1.value) }
  default: 1
  }
}

/// The laws of a batch: each level has as many slots as the one above says.
private func check(_ batch: ParquetColumnBatch) {
  var slots = batch.rowCount
  for lists in batch.lists {
    precondition(lists.offsets.count == slots + 1 && lists.presence.count == slots && lists.offsets[0] == 0)
    precondition(lists.presence.depths.map { $0.count == slots } ?? true)
    for i in 0..<slots {
      precondition(lists.offsets[i] <= lists.offsets[i + 1])
      precondition(lists.presence.isPresent(i) || lists.elements(i).isEmpty)
    }
    slots = lists.offsets[slots]
  }
  precondition(batch.values.count == slots && batch.presence.count == slots)
  precondition(batch.presence.depths.map { $0.count == slots } ?? true)
  if case .bytes(let strings) = batch.values {
    for i in 0..<min(slots, 100) { _ = strings[i] }
  }
}

/// One of the ways in which a file goes bad.
func damage(_ bytes: inout [UInt8], _ numbers: inout Numbers) {
  guard bytes.count > 12 else { return }
  // The metadata are where most claims are made.
  let footer = Int(bytes[bytes.count - 8]) | Int(bytes[bytes.count - 7]) << 8
  let inFooter = footer < bytes.count - 12 && Bool.random(using: &numbers)
  let range = inFooter ? bytes.count - 8 - footer..<bytes.count - 8 : 4..<bytes.count - 8
  let at = Int.random(in: range, using: &numbers)
  switch Int.random(in: 0..<6, using: &numbers) {
  case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
  case 1: bytes[at] = UInt8.random(in: 0...255, using: &numbers)
  case 2: bytes[at] = [0, 0x7f, 0x80, 0xff].randomElement(using: &numbers)!
  case 3:
    let end = min(bytes.count - 8, at + Int.random(in: 1...8, using: &numbers))
    for i in at..<end { bytes[i] = 0xff }
  case 4: bytes.remove(at: at)
  default:
    let other = Int.random(in: 4..<bytes.count - 8, using: &numbers)
    let count = min(Int.random(in: 1...16, using: &numbers), bytes.count - 8 - max(at, other))
    for i in 0..<count { bytes[at + i] = bytes[other + i] }
  }
}
