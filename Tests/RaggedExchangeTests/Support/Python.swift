import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// A Python with the other frameworks, where the environment names one: `RAGGED_PYTHON`.
enum Python {
  static let interpreter = ProcessInfo.processInfo.environment["RAGGED_PYTHON"]
  static var isThere: Bool { interpreter != nil }

  /// Runs a script of `fixtures/exchange` and expects it to end well.
  /// - Returns: what it printed.
  @discardableResult
  static func run(
    _ script: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: try #require(interpreter))
    process.arguments = [fixture(script)] + arguments
    let output = Pipe()
    process.standardOutput = output
    let errors = FileManager.default.temporaryDirectory.appending(path: "ragged-python-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let told = try String(contentsOf: errors, encoding: .utf8).suffix(2000)
    #expect(process.terminationStatus == 0, "\(script): \(text)\(told)", sourceLocation: sourceLocation)
    return text
  }
}

/// A network, its data and its outputs as the scripts of `fixtures/exchange` read them.
struct PythonCase: Encodable {
  var name: String
  var steps: Bool
  var tokens: Bool
  var features: Int
  var masking: Float?
  var sequences: [[[Float]]]
  var outputs: [Rows]

  /// A list of numbers, or one of lists where there is an output per timestep.
  enum Rows: Encodable {
    case one([Float])
    case many([[Float]])

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .one(let row): try row.encode(to: encoder)
      case .many(let rows): try rows.encode(to: encoder)
      }
    }
  }

  init(_ network: SampleNetwork) throws {
    let trainer = try network.trainer()
    let (batch, width) = (network.batch, trainer.model.outputWidth)
    (name, steps, masking) = (network.name, !trainer.model.isPerSequence, network.masking)
    tokens = batch.input.isTokens
    let numbers = tokens ? batch.input.codes.map(Float.init) : batch.input.values
    let count = batch.input.width
    features = count
    sequences = (0..<batch.count).map { b in
      batch.range(b).map { Array(numbers[$0 * count..<($0 + 1) * count]) }
    }
    let isPerSequence = trainer.model.isPerSequence
    outputs = try network.outputs(trainer).map { row in
      isPerSequence
        ? .one(row) : .many(stride(from: 0, to: row.count, by: width).map { Array(row[$0..<$0 + width]) })
    }
  }
}
