import Foundation
import Ragged

/// `ragged-benchmarks`: measures and prints each figure beside its bar. `--json` prints JSON, `--quick` measures less.
@main
enum RaggedBenchmarks {
  static func main() throws {
    let arguments = Set(CommandLine.arguments.dropFirst())
    let known: Set = ["--json", "--quick"]
    guard arguments.isSubset(of: known) else {
      FileHandle.standardError.write(Data("usage: ragged-benchmarks [--json] [--quick]\n".utf8))
      exit(64)
    }
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let watch = Stopwatch(threads: threads, repeats: arguments.contains("--quick") ? 5 : 21)
    let isJSON = arguments.contains("--json")
    var figures: [Figure] = []
    if !isJSON { print("\(threads) threads, kernels \(availableKernels.joined(separator: ", "))") }
    try TrainerBenchmarks(watch: watch, kernels: availableKernels.filter { $0 != "baseline" }).run { figure in
      figures.append(figure)
      if !isJSON { print(line(figure, isFirst: figures.dropLast().last?.group != figure.group)) }
    }
    guard isJSON else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(figures), as: UTF8.self))
  }

  private static func line(_ figure: Figure, isFirst: Bool) -> String {
    let name = "  \(figure.name)".padding(toLength: 46, withPad: " ", startingAt: 0)
    var text = (isFirst ? "\n\(figure.group)\n" : "") + name
    text += String(format: "%8.3f ", figure.value) + figure.unit.padding(toLength: 8, withPad: " ", startingAt: 0)
    if let time = figure.milliseconds { text += String(format: "%10.2f ms", time) }
    if let bar = figure.bar { text += "   bar \(bar): \(figure.reaches == true ? "reached" : "missed")" }
    return text
  }
}
