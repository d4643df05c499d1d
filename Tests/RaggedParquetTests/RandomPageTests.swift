import Foundation
import RaggedParquet
import Testing

/// Files whose metadata are sound and whose pages are nonsense: each decoder meets bytes that no writer makes.
struct RandomPages {
  var numbers: Numbers

  private static let schemas: [@Sendable (Int, Int?, Int?) -> [Thrift]] = [
    { [line("x", type: $0, length: $1, converted: $2)] },
    { [line("x", type: $0, length: $1, repetition: 1, converted: $2)] },
    { [line("x", type: $0, length: $1, repetition: 2, converted: $2)] },
    {
      [
        line("a", repetition: 1, children: 1, converted: 3), line("list", repetition: 2, children: 1),
        line("x", type: $0, length: $1, repetition: 1, converted: $2),
      ]
    },
    {
      [
        line("a", repetition: 1, children: 1, converted: 3), line("list", repetition: 2, children: 1),
        line("b", repetition: 1, children: 1, converted: 3), line("list", repetition: 2, children: 1),
        line("x", type: $0, length: $1, converted: $2),
      ]
    },
  ]

  mutating func file() -> [UInt8] {
    let type = number(0...7)
    let length = type == 7 ? [1, 2, 5, 16, 40].randomElement(using: &numbers)! : nil
    let converted = [nil, nil, 5, 13, 14].randomElement(using: &numbers)!
    let schema = Self.schemas.randomElement(using: &numbers)!(type, length, converted)
    let values = [1, 7, 8, 200, 9000].randomElement(using: &numbers)!
    var pages: [UInt8] = []
    if number(0...2) == 0 { pages += dictionaryPage() }
    for _ in 0..<number(1...3) { pages += dataPage(values: values) }
    let total = values * number(1...3)
    let rows = schema.count == 1 && number(0...3) > 0 ? total : number(0...total)
    let codec = [0, 0, 0, 1, 2, 6].randomElement(using: &numbers)!
    return parquet(
      schema: [line("root", children: 1)] + schema, pages: pages,
      groups: [group(rows: rows, bytes: pages.count, codec: codec, type: type, values: total)])
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &numbers) }

  private mutating func dictionaryPage() -> [UInt8] {
    let body = bytes(number(0...80))
    return Thrift.fields([
      (1, .int(2)), (2, .int(body.count)), (3, .int(body.count)),
      (7, .fields([(1, .int(number(0...20))), (2, .int(number(0...1) * 2))])),
    ]).bytes + body
  }

  private mutating func dataPage(values: Int) -> [UInt8] {
    let encoding = number(0...9)
    let (repetition, definition) = (levels(), levels())
    let body = payload(encoding)
    guard number(0...1) == 0 else {
      let all =
        (number(0...1) == 0 ? [] : prefixed(repetition)) + (number(0...1) == 0 ? [] : prefixed(definition)) + body
      return page(all, values: values, encoding: encoding, levels: number(0...9) == 0 ? 4 : 3)
    }
    let all = repetition + definition + body
    return Thrift.fields([
      (1, .int(3)), (2, .int(all.count)), (3, .int(all.count)),
      (
        8,
        .fields([
          (1, .int(values)), (2, .int(0)), (3, .int(values)), (4, .int(encoding)), (5, .int(definition.count)),
          (6, .int(repetition.count)), (7, .flag(number(0...1) == 0)),
        ])
      ),
    ]).bytes + all
  }

  private func prefixed(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count), 0, 0, 0] + bytes }

  /// Runs of levels, some of them whole.
  private mutating func levels() -> [UInt8] {
    (0..<number(0...4)).flatMap { _ in
      number(0...1) == 0
        ? [UInt8(number(1...63) * 2), UInt8(number(0...3))]
        : [0x80 | UInt8(number(0...63) * 2), UInt8(number(0...90)), 1]
    }
  }

  private mutating func payload(_ encoding: Int) -> [UInt8] {
    let rest = bytes(number(0...300))
    switch encoding {
    case 0 where number(0...1) == 0:
      return (0..<number(0...30)).flatMap { _ in
        let length = number(0...9)
        return [UInt8(length), 0, 0, 0] + bytes(length)
      }
    case 3: return prefixed(levels()) + rest
    case 5, 6, 7: return delta() + (encoding == 5 ? [] : delta()) + rest
    case 2, 8: return [UInt8(number(0...33))] + levels() + rest
    default: return rest
    }
  }

  /// DELTA_BINARY_PACKED numbers with a sound head.
  private mutating func delta() -> [UInt8] {
    var result: [UInt8] = [0x80, 1, 4, UInt8(number(1...120)), UInt8(number(0...20)), UInt8(number(0...6))]
    for _ in 0..<4 { result.append([0, 1, 2, 3, 8, 64].randomElement(using: &numbers)!) }
    return result + bytes(number(0...64))
  }

  private mutating func bytes(_ count: Int) -> [UInt8] {
    let highest: UInt8 = [1, 7, 255].randomElement(using: &numbers)!
    return (0..<count).map { _ in UInt8.random(in: 0...highest, using: &numbers) }
  }
}

@Suite struct RandomPageTests {
  @Test(arguments: 0..<4) func nonsenseIsReadOrRefused(part: Int) throws {
    var (read, errors) = (0, Set<String>())
    let rounds = try FuzzLoop("pages \(part)", seed: UInt64(part), rounds: 1500, share: 4).run { numbers in
      var pages = RandomPages(numbers: numbers)
      let bytes = pages.file()
      numbers = pages.numbers
      if let error = try readAll(bytes, rows: [nil, 1, 13].randomElement(using: &numbers)!) {
        errors.insert(error.message.filter { !$0.isNumber })
      } else {
        read += 1
      }
    }
    // The nonsense is good enough to get into the decoders.
    #expect(read > rounds / 100)
    #expect(errors.count > 30)
  }
}
