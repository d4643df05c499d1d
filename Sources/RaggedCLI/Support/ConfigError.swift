import Ragged

struct ConfigError: RaggedError {
  let message: String
  let failureClass: FailureClass

  /// `config.yaml:7: unknown key "epohcs"`.
  init(_ file: String, line: Int? = nil, _ problem: String, _ failureClass: FailureClass = .badData) {
    message = "\(file):\(line.map { "\($0):" } ?? "") \(problem)"
    self.failureClass = failureClass
  }
}
