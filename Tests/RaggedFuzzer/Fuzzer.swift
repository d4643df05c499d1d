import Foundation
import RaggedFuzzing

/// libFuzzer's own main, under the name by which it can be called.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ argumentCount: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ testOneInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Hands libFuzzer the target that `RAGGED_FUZZ` names.
@main struct Fuzzer {
  private static let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["RAGGED_FUZZ"] ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
      let known = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
      fatalError("RAGGED_FUZZ is \"\(name)\", expected one of \(known)")
    }
    return target
  }()

  static func main() {
    var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
    exit(
      runDriver(&count, &arguments) { start, count in
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        if let broken = Fuzzer.target.run(bytes) { fatalError(broken) }
        return 0
      })
  }
}
