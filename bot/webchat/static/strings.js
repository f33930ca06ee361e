// What the page itself says; the questions come from the server in their own language.

const ko = {
  tagline: "이용 경험을 짧게 여쭤봐요",
  log: "대화",
  menu: "메뉴",
  help: "도움말",
  privacy: "개인정보 안내",
  switch: "English",
  stop: "그만 받기",
  leave: "다른 고객으로 들어가기",
  type: "메시지를 적어 주세요",
  typeReason: "의견을 자유롭게 적어 주세요",
  send: "보내기",
  opening: "대화를 여는 중이에요",
  resending: "연결이 끊겼어요. 다시 보내는 중…",
  reconnecting: "연결이 끊겼어요. 다시 잇는 중…",
  refused: "보내지 못했어요. 다시 한번 해 주세요.",
  keys: "방향키나 숫자로 고르고 Enter로 보내세요",
  idle: ["지금은 여쭤볼 것이 없어요", "새 질문이 생기면 여기에 나타나요."],
  done: "이제 창을 닫으셔도 돼요",
  nolink: ["받으신 링크를 눌러 주세요", "이 대화는 저희가 보내 드린 링크로 열려요."],
  badlink: ["이 링크는 더 이상 쓸 수 없어요", "이미 썼거나 기한이 지난 링크예요. 새로 받으신 링크를 눌러 주세요."],
  ended: ["대화가 끝났어요", "이어서 하시려면 새로 받으신 링크를 눌러 주세요."],
  demo: ["고객으로 들어가기", "견본 고객을 한 명 골라 직접 답해 보세요."],
};

const en = {
  tagline: "A short question about your experience",
  log: "Conversation",
  menu: "Menu",
  help: "Help",
  privacy: "Privacy",
  switch: "한국어",
  stop: "Stop asking me",
  leave: "Enter as another customer",
  type: "Write a message",
  typeReason: "Tell us in your own words",
  send: "Send",
  opening: "Opening the conversation",
  resending: "You are offline. Sending again…",
  reconnecting: "You are offline. Reconnecting…",
  refused: "That could not be sent. Please try again.",
  keys: "Choose with arrows or digits, send with Enter",
  idle: ["Nothing to ask right now", "New questions will appear here."],
  done: "You can close this window now",
  nolink: ["Please use the link you received", "This chat opens with the link that we sent you."],
  badlink: ["This link no longer works", "It was used already or has expired. Please use a newer link."],
  ended: ["This conversation has ended", "To go on, please use a new link."],
  demo: ["Enter as a customer", "Pick a sample customer and answer for yourself."],
};

const all = { ko, en };

export function strings(language) {
  return all[language] ?? en;
}
