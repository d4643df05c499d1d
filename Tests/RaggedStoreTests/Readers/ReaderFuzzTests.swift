import Foundation
import RaggedCore
import RaggedStore
import Testing

/// Broken copies of the fixtures, the same in every run: no bytes make a reader stop the program or run on for ever.
@Suite struct ReaderFuzzTests {
  static let seeds: [(name: String, bytes: [UInt8])] = ["", "bad"].flatMap {
    folder -> [(name: String, bytes: [UInt8])] in
    let place = inputFixtures.appendingPathComponent(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
    return names.sorted().compactMap { name -> (name: String, bytes: [UInt8])? in
      guard InputFormat(fileName: name) != nil, !name.hasPrefix("truncated.csv"),
        let data = try? Data(contentsOf: place.appendingPathComponent(name))
      else { return nil }
      return (name, Array(data))
    }
  }

  private static let interesting: [[UInt8]] =
    [
      "\"", ",", "\n", "\r\n", ":", "[", "]", "{", "}", "\\", "\\u", "-", "e", ".", "0", "null", "1e39", "\0", "?", "(",
      ")",
      "@data\n", "\u{FEFF}", "NaN", "\t", "é",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0x1F, 0x8B]]

  private static func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var result = bytes
    for _ in 0...(random.next() % 4) {
      let place = Int(random.next() % UInt64(result.count + 1))
      switch random.next() % 6 {
      case 0 where place < result.count: result[place] = UInt8(truncatingIfNeeded: random.next())
      case 1 where place < result.count: result.remove(at: place)
      case 2: result.removeSubrange(place...)
      case 3:
        let end = min(result.count, place + Int(random.next() % 40))
        result.insert(contentsOf: result[place..<end], at: Int(random.next() % UInt64(result.count + 1)))
      default: result.insert(contentsOf: interesting[Int(random.next() % UInt64(interesting.count))], at: place)
      }
    }
    return result
  }

  @Test(.timeLimit(.minutes(2)), arguments: InputFormat.allCases)
  func mutationsNeverTrap(format: InputFormat) throws {
    var random = SeededRandom(seed: 7)
    let matching = Self.seeds.filter { InputFormat(fileName: $0.name) == format }
    let variants = [
      ReaderOptions(), ReaderOptions(target: []),
      format == .text
        ? ReaderOptions(id: "1", features: ["2"], target: ["3"], keepsEmptyLines: true)
        : format == .ts
          ? ReaderOptions(classes: ["u"]) : ReaderOptions(targetKind: .valuesPerTimestep, classes: ["u", "walk"]),
    ]
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ragged-fuzz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("fuzz").path
    for round in 0..<1500 {
      let pool = round % 4 == 0 ? Self.seeds : matching
      let seed = pool[Int(random.next() % UInt64(pool.count))]
      let bytes = Self.mutated(seed.bytes, &random)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let options = variants[round % variants.count]
      let reading = readAll(path, format: format, options: format == .ts && round % 3 == 1 ? ReaderOptions() : options)
      for record in reading.records { check(record, reading.description) }
      // A sequence takes at least a byte: neither records nor errors can outnumber them, gzip aside.
      if bytes.first != 0x1F { #expect(reading.records.count + reading.errors.count <= bytes.count + 1) }
    }
  }

  private func check(_ record: SequenceRecord, _ description: InputDescription?) {
    let length = record.input.length
    if case .values(let values, let featureCount) = record.input {
      #expect(values.count == length * featureCount)
      #expect(values.allSatisfy { $0.isFinite })
      if case .features(let names) = description?.input { #expect(names.count == featureCount) }
    }
    if let validity = record.validity { #expect(validity.count == length) }
    switch record.target {
    case .labels(let labels): #expect(labels.count == length)
    case .stepValues(let values, let width): #expect(values.count == length * width)
    case .values(let values): #expect(values.allSatisfy { $0.isFinite })
    case .none, .label: break
    }
    if let metadata = record.metadata {
      #expect((try? JSONSerialization.jsonObject(with: Data(metadata.utf8))) != nil, "\(metadata)")
    }
    #expect(!record.key.isEmpty)
  }
}
